/// The records that are not written yet: those that wait, and those that the writer has in hand.
struct AuditBacklog: Sendable {
    struct Entry: Sendable {
        var body: AuditBody
        /// The clock's uptime when it was appended, never 0.
        let since: UInt64
    }

    /// What waits, in order.
    private(set) var entries: [Entry] = []
    /// Records in `entries` and in hand.
    private(set) var queued = 0
    /// Records that were not kept.
    private(set) var lost = 0
    /// When the oldest of those in hand was appended.
    private var oldestInHand: UInt64?

    /// When the oldest was appended; 0 if there is none.
    var oldest: UInt64 { oldestInHand ?? entries.first?.since ?? 0 }

    mutating func add(_ record: AuditRecord, since: UInt64) {
        entries.append(Entry(body: .record(record), since: since))
        queued += 1
    }

    /// Counts a record that is not kept, in the place where it would stand.
    mutating func lose(since: UInt64) {
        lost += 1
        if case .lost(let count) = entries.last?.body {
            entries[entries.count - 1].body = .lost(count + 1)
        } else {
            entries.append(Entry(body: .lost(1), since: since))
        }
    }

    /// Gives all that waits into the writer's hand.
    mutating func takeAll() -> [Entry] {
        defer { entries = [] }
        oldestInHand = entries.first?.since
        return entries
    }

    /// - Parameter next: when the oldest of what is still in hand was appended.
    mutating func wrote(records: Int, next: UInt64?) {
        queued -= records
        oldestInHand = next
    }
}
