import NIOCore

/// Decides when a replica that has a link gets no requests, because it fails too often.
///
/// After three failures in a row it is ejected for a second. Each further failure without an answer in between doubles
/// that time, up to half a minute. A value without a clock.
struct OutlierEjection {
    static let limit = 3
    private static let first = TimeAmount.seconds(1)
    private static let last = TimeAmount.seconds(30)

    private var failures = 0
    private var length = first
    private var end: NIODeadline?

    func isEjected(at now: NIODeadline) -> Bool { end.map { now < $0 } ?? false }

    /// Notes that a request was lost with its link, or not answered in time.
    mutating func failed(at now: NIODeadline) {
        failures += 1
        guard failures >= Self.limit, !isEjected(at: now) else { return }
        end = now + length
        length = min(length * 2, Self.last)
        // After its return, one failure ejects it again.
        failures = Self.limit - 1
    }

    /// Notes that a request was answered in time, whatever the answer.
    mutating func succeeded() {
        (failures, length) = (0, Self.first)
    }
}
