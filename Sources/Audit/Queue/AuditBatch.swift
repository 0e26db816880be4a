/// Records in order, as text, and the gaps between them. Its memory is used again.
struct AuditBatch: Sendable {
    private struct Entry: Sendable {
        enum Kind: Sendable {
            /// What was given at `time`, in milliseconds since 1970, and is as many octets of the text.
            case record(time: Int64, octets: Int)
            /// As many records were not kept.
            case lost(Int)
        }

        var kind: Kind
        /// The clock's uptime when it was appended, never 0.
        let since: UInt64
    }

    /// The text that memory is kept for, in octets.
    private static let keptCapacity = 1 << 20

    private var entries: [Entry] = []
    private var text: [UInt8] = []
    /// How many entries were removed, and how much text with them.
    private var removed = (entries: 0, octets: 0)

    var count: Int { entries.count - removed.entries }

    /// When the oldest was appended.
    var oldest: UInt64? { count == 0 ? nil : entries[removed.entries].since }

    mutating func add(_ record: AuditRecord, since: UInt64) {
        let start = text.count
        text.append(atMost: record.bound) { record.put(to: &$0) }
        entries.append(Entry(kind: .record(time: record.time, octets: text.count - start), since: since))
    }

    /// Counts a record that is not kept, in the place where it would stand.
    mutating func lose(since: UInt64) {
        if case .lost(let count) = entries.last?.kind {
            entries[entries.count - 1].kind = .lost(count + 1)
        } else {
            entries.append(Entry(kind: .lost(1), since: since))
        }
    }

    /// Gives each of the first `count` entries to `body`. Returns how many of them were records, and their octets.
    @discardableResult
    func forEach<Failure: Error>(
        first count: Int, _ body: (AuditBody) throws(Failure) -> Void
    ) throws(Failure) -> (records: Int, octets: Int) {
        var seen = (records: 0, octets: 0)
        for entry in entries[removed.entries..<(removed.entries + count)] {
            switch entry.kind {
            case .record(let time, let octets):
                let start = removed.octets + seen.octets
                try body(.record(time: time, text: text[start..<(start + octets)]))
                seen = (seen.records + 1, seen.octets + octets)
            case .lost(let records): try body(.lost(records))
            }
        }
        return seen
    }

    /// Returns how many of the first `count` entries, which are removed, were records.
    mutating func removeFirst(_ count: Int) -> Int {
        let seen = forEach(first: count) { _ in }
        removed = (removed.entries + count, removed.octets + seen.octets)
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
