/// How many accounts a network, or all of them together, may make within an hour.
///
/// The accounts are counted in the database, in slots of ten minutes, so that every server counts with the others and a
/// restart forgets nothing. A count covers the slot of now and the six before it: an hour at least, 70 minutes at most.
package struct SignUpBound: Sendable, Equatable {
    /// A network, or `everywhere`.
    package let source: String
    package let limit: Int

    package static let everywhere = "everywhere"

    package init(source: String, limit: Int) {
        (self.source, self.limit) = (source, limit)
    }

    package var refusal: StoreError { .tooManySignUps(everywhere: source == Self.everywhere) }

    private static let slotSeconds: Int64 = 600
    private static let slotCount: Int64 = 7

    /// The slot of a time in Unix seconds.
    package static func slot(at now: Int64) -> Int64 { now / slotSeconds }

    /// The slots that count at a time. One more than the present slot is among them, since the clocks of two servers may
    /// differ a little. A slot that is later than that belongs to a time that is no time.
    package static func slots(at now: Int64) -> ClosedRange<Int64> {
        (slot(at: now) - slotCount + 1)...(slot(at: now) + 1)
    }
}
