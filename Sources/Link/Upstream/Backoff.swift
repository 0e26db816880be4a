import NIOCore

/// The growing delays between attempts to connect: 25 ms to 1 s, with a random part, so that many clients do not try at
/// the same time.
struct Backoff {
    private static let first: Int64 = 25
    private static let last: Int64 = 1000
    private var milliseconds = first

    var isFirst: Bool { milliseconds == Self.first }

    mutating func next() -> TimeAmount {
        defer { milliseconds = min(milliseconds * 2, Self.last) }
        return .milliseconds(Int64.random(in: milliseconds / 2...milliseconds))
    }
}
