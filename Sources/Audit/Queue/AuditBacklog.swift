/// The records that are not written yet: those that wait, and those that the writer has in hand.
struct AuditBacklog: Sendable {
    /// What waits, in order.
    private var waiting = AuditBatch()
    /// Records that wait and in hand.
    private(set) var queued = 0
    /// Records that were not kept.
    private(set) var lost = 0
    /// When the oldest of those in hand was appended.
    private var oldestInHand: UInt64?

    /// How many entries wait.
    var count: Int { waiting.count }

    /// When the oldest was appended; 0 if there is none.
    var oldest: UInt64 { oldestInHand ?? waiting.oldest ?? 0 }

    mutating func add(_ record: AuditRecord, since: UInt64) {
        waiting.add(record, since: since)
        queued += 1
    }

    /// Counts a record that is not kept, in the place where it would stand.
    mutating func lose(since: UInt64) {
        lost += 1
        waiting.lose(since: since)
    }

    /// Gives all that waits into the writer's hand, which is empty, and takes its memory.
    mutating func takeAll(into hand: inout AuditBatch) {
        swap(&waiting, &hand)
        oldestInHand = hand.oldest
    }

    /// - Parameter next: when the oldest of what is still in hand was appended.
    mutating func wrote(records: Int, next: UInt64?) {
        queued -= records
        oldestInHand = next
    }
}
