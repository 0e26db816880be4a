import NIOCore

/// When a replica gets no requests though it has a link: for a second after three failures in a row, and for twice as long
/// each time that it fails again without an answer in between, up to half a minute.
///
/// A value without a clock.
struct Ejection {
    static let limit = 3
    private static let first = TimeAmount.seconds(1)
    private static let last = TimeAmount.seconds(30)

    private var failures = 0
    private var length = first
    private var end: NIODeadline?

    func isOut(at now: NIODeadline) -> Bool { end.map { now < $0 } ?? false }

    /// A request was lost with its link, or not answered in time.
    mutating func failed(at now: NIODeadline) {
        failures += 1
        guard failures >= Self.limit, !isOut(at: now) else { return }
        end = now + length
        length = min(length * 2, Self.last)
        // One failure more, once it is back, and it is out again.
        failures = Self.limit - 1
    }

    /// A request was answered in time, whatever the answer.
    mutating func succeeded() {
        (failures, length) = (0, Self.first)
    }
}
