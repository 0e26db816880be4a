/// Records in order, as text, and the gaps between them. Its memory is used again.
struct AuditBatch: Sendable {
    private struct Entry: Sendable {
        enum Kind: Sendable {
            /// A record: its time in milliseconds since 1970, and the length of its text in bytes.
            case record(time: Int64, bytes: Int)
            /// A gap of this many records.
            case lost(Int)
        }

        var kind: Kind
        /// The clock's uptime when the entry was appended, never 0.
        let since: UInt64
    }

    /// The capacity of the text, in bytes, up to which its memory is kept.
    private static let keptCapacity = 1 << 20

    private var entries: [Entry] = []
    private var text: [UInt8] = []
    /// The number of entries that were removed, and of their bytes.
    private var removed = (entries: 0, bytes: 0)

    var count: Int { entries.count - removed.entries }

    /// The time at which the oldest entry was appended.
    var oldest: UInt64? { count == 0 ? nil : entries[removed.entries].since }

    mutating func add(_ record: AuditRecord, since: UInt64) {
        let start = text.count
        text.append(atMost: record.bound) { record.put(to: &$0) }
        entries.append(Entry(kind: .record(time: record.time, bytes: text.count - start), since: since))
    }

    /// Counts a record that is discarded, at its place in the order.
    mutating func lose(since: UInt64) {
        if case .lost(let count) = entries.last?.kind {
            entries[entries.count - 1].kind = .lost(count + 1)
        } else {
            entries.append(Entry(kind: .lost(1), since: since))
        }
    }

    /// Calls `body` with each of the first `count` entries.
    ///
    /// - Returns: the number of records among them, and of the records' bytes.
    @discardableResult
    func forEach<Failure: Error>(
        first count: Int, _ body: (AuditLineContent) throws(Failure) -> Void
    ) throws(Failure) -> (records: Int, bytes: Int) {
        var seen = (records: 0, bytes: 0)
        for entry in entries[removed.entries..<(removed.entries + count)] {
            switch entry.kind {
            case .record(let time, let bytes):
                let start = removed.bytes + seen.bytes
                try body(.record(time: time, text: text[start..<(start + bytes)]))
                seen = (seen.records + 1, seen.bytes + bytes)
            case .lost(let records): try body(.lost(records))
            }
        }
        return seen
    }

    /// Removes the first `count` entries, and returns the number of records among them.
    mutating func removeFirst(_ count: Int) -> Int {
        let seen = forEach(first: count) { _ in }
        removed = (removed.entries + count, removed.bytes + seen.bytes)
        if self.count == 0 { removeAll() }
        return seen.records
    }

    private mutating func removeAll() {
        let isKept = text.capacity <= Self.keptCapacity
        entries.removeAll(keepingCapacity: isKept)
        text.removeAll(keepingCapacity: isKept)
        removed = (0, 0)
    }
}
