import Glibc

/// Tells whether the filesystems that a server writes to still have room for what strangers add.
///
/// A part of each filesystem is kept free of that, so that users can go on changing their accounts and the audit log
/// can go on being written when strangers have filled the rest.
package final class HeadRoom: Sendable {
    /// How much of a filesystem is kept.
    package enum Reserve: Sendable, Equatable {
        /// 64 MiB, but no more than 5 % of the filesystem.
        case standard
        case octets(Int64)
        case percent(Int64)

        func octets(of size: Int64) -> Int64 {
            switch self {
            case .standard: min(64 << 20, size / 20)
            case .octets(let octets): octets
            case .percent(let percent): size / 100 * percent
            }
        }
    }

    /// What was found at one moment, for the filesystem that has the least to spare.
    package struct State: Sendable, Equatable {
        /// Octets that are free.
        package let free: Int64
        /// Octets that are kept.
        package let kept: Int64

        package var spare: Int64 { free - kept }
        package var isLow: Bool { spare <= 0 }

        static let unknown = State(free: .max, kept: 0)
    }

    private static let interval: UInt64 = 50_000_000

    private let paths: [String]
    private let reserve: Reserve
    private let report: @Sendable (State) -> Void
    private let state = Locked((next: UInt64(0), found: State.unknown, wasLow: false))

    /// - Parameters:
    ///   - paths: files or directories; their filesystems are looked at.
    ///   - report: told when a filesystem begins to have too little room, and when it has enough again.
    package init(of paths: [String], reserve: Reserve, report: @escaping @Sendable (State) -> Void = { _ in }) {
        (self.paths, self.reserve, self.report) = (paths, reserve, report)
    }

    /// Whether there is too little room, as of 50 ms ago at most.
    package var isLow: Bool {
        let now = MonotonicClock.coarseNanoseconds()
        let known = state.withLock { $0.next > now ? $0.found : nil }
        return (known ?? look()).isLow
    }

    /// Looks at the filesystems now.
    @discardableResult
    package func look() -> State {
        let found = paths.map(look(at:)).min { $0.spare < $1.spare } ?? .unknown
        let isChanged = state.withLock { state in
            defer { state = (MonotonicClock.coarseNanoseconds() + Self.interval, found, found.isLow) }
            return state.wasLow != found.isLow
        }
        if isChanged { report(found) }
        return found
    }

    /// A filesystem that cannot be asked, or that has no size, such as a device's, keeps nothing from being written.
    private func look(at path: String) -> State {
        var status = statvfs()
        guard statvfs(path, &status) == 0, status.f_blocks > 0 else { return .unknown }
        let unit = Int64(status.f_frsize)
        let kept = reserve.octets(of: Int64(clamping: status.f_blocks).multipliedClamping(by: unit))
        return State(free: Int64(clamping: status.f_bavail).multipliedClamping(by: unit), kept: kept)
    }
}

extension Int64 {
    fileprivate func multipliedClamping(by factor: Int64) -> Int64 {
        let (product, isTooMuch) = multipliedReportingOverflow(by: factor)
        return isTooMuch ? .max : product
    }
}

/// A clock that is not exact and costs next to nothing.
enum MonotonicClock {
    static func coarseNanoseconds() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC_COARSE, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
