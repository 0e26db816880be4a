import Glibc

/// Finds out whether the filesystems that a server writes to still have room for what strangers add.
///
/// A part of each filesystem is kept free of that, so that users can go on changing their accounts and the audit log
/// can go on being written when strangers have filled the rest.
package final class HeadRoom: Sendable {
    /// The part of a filesystem that is kept.
    package enum Reserve: Sendable, Equatable {
        case bytes(Int64)
        case percent(Int64)
        /// A number of bytes, but at most a share of the filesystem.
        case smaller(bytes: Int64, percent: Int64)

        package static let standard = Reserve.smaller(bytes: 64 << 20, percent: 5)

        func bytes(of size: Int64) -> Int64 {
            switch self {
            case .bytes(let bytes): bytes
            case .percent(let percent): size / 100 * percent
            case .smaller(let bytes, let percent): min(bytes, size / 100 * percent)
            }
        }
    }

    /// The room at one moment on the filesystem that has the least to spare.
    package struct State: Sendable, Equatable {
        /// The number of bytes that are free, without those by which the database will grow when its log is written to it.
        package let free: Int64
        /// The number of bytes that are kept.
        package let kept: Int64

        package var spare: Int64 { free - kept }
        package var isLow: Bool { spare < HeadRoom.claim }

        static let unknown = State(free: .max, kept: 0)
    }

    /// The most bytes that one new account takes: with large indexes, each of its rows is on a page of its own.
    static let claim: Int64 = 32 << 10

    private static let interval: UInt64 = 50_000_000

    private let paths: [String]
    private let reserve: Reserve
    private let report: @Sendable (State) -> Void
    private let growth = Locked<(@Sendable () -> Int64)?>(nil)
    private let state = Locked((next: UInt64(0), found: State.unknown, wasLow: false))

    /// - Parameters:
    ///   - paths: Files or directories, whose filesystems are looked at.
    ///   - report: Called when a filesystem begins to have too little room, and when it has enough again.
    package init(of paths: [String], reserve: Reserve, report: @escaping @Sendable (State) -> Void = { _ in }) {
        (self.paths, self.reserve, self.report) = (paths, reserve, report)
    }

    /// Whether there is a filesystem to look at.
    package var isWatching: Bool { !paths.isEmpty }

    /// Takes into account that a database on the first of the filesystems will grow by what was written already.
    /// - Parameter growth: Returns by how many bytes.
    func expect(_ growth: @escaping @Sendable () -> Int64) { self.growth.withLock { $0 = growth } }

    /// Whether there was too little room at most 50 ms ago.
    package var isLow: Bool {
        let now = MonotonicClock.coarseNanoseconds()
        let known = state.withLock { $0.next > now ? $0.found : nil }
        return (known ?? look()).isLow
    }

    /// Looks at the filesystems now.
    @discardableResult
    package func look() -> State {
        var states = paths.map(look(at:))
        if let growth = growth.withLock({ $0 })?(), let first = states.first, first != .unknown {
            states[0] = State(free: first.free - growth, kept: first.kept)
        }
        let found = states.min { $0.spare < $1.spare } ?? .unknown
        let isChanged = state.withLock { state in
            defer { state = (MonotonicClock.coarseNanoseconds() + Self.interval, found, found.isLow) }
            return state.wasLow != found.isLow
        }
        if isChanged { report(found) }
        return found
    }

    /// Looks at one filesystem. One that cannot be asked, or that has no size, as that of a device, keeps nothing from being
    /// written.
    private func look(at path: String) -> State {
        var status = statvfs()
        guard statvfs(path, &status) == 0, status.f_blocks > 0 else { return .unknown }
        let unit = Int64(status.f_frsize)
        let kept = reserve.bytes(of: Int64(clamping: status.f_blocks).multipliedClamping(by: unit))
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
