/// The records that are not written yet. Some wait, and others are in the writer's hand.
struct AuditBacklog: Sendable {
    /// The waiting records, in order.
    private var waiting = AuditBatch()
    /// The number of records that wait or are in hand.
    private(set) var queued = 0
    /// The number of records that were discarded.
    private(set) var lost = 0
    /// The time at which the oldest record in hand was appended.
    private var oldestInHand: UInt64?

    /// The number of waiting entries.
    var count: Int { waiting.count }

    /// The time at which the oldest record was appended; 0 if there is none.
    var oldest: UInt64 { oldestInHand ?? waiting.oldest ?? 0 }

    mutating func add(_ record: AuditRecord, since: UInt64) {
        waiting.add(record, since: since)
        queued += 1
    }

    /// Counts a record that is discarded, at its place in the order.
    mutating func lose(since: UInt64) {
        lost += 1
        waiting.lose(since: since)
    }

    /// Moves all waiting records into the writer's hand, which is empty. Its memory is used for new records.
    mutating func takeAll(into hand: inout AuditBatch) {
        swap(&waiting, &hand)
        oldestInHand = hand.oldest
    }

    /// - Parameter next: the time at which the oldest record still in hand was appended.
    mutating func wrote(records: Int, next: UInt64?) {
        queued -= records
        oldestInHand = next
    }
}
