extension AuditLog {
    /// How many lines a second are written for clients without an account. Twenty seconds' worth may come at once.
    package struct StrangerBounds: Sendable, Equatable {
        /// The lines of one network; nil if they are not bounded.
        package var network: Int? = 10
        /// The lines of all networks together; nil if they are not bounded.
        package var all: Int? = 100

        package init() {}
    }
}

/// The fields that summed records have in common. Records with the same fields are counted together.
struct OmittedRecords: Sendable, Hashable {
    let server: String
    /// The network of the clients; `others` for those of networks that were too many to be told apart.
    let from: String
    let verb: String
    let code: Int

    static let others = "others"
}

/// Decides which of the records of strangers get a line, and counts the others. A value; it has no more than `tableBound`
/// networks and `sumBound` sums, and some more for networks that are not told apart.
struct StrangerLines: Sendable {
    /// A token bucket: the lines that may be written now. It fills again as time passes.
    private struct Allowance {
        /// Lines, in nanoseconds of the time that each costs.
        var left: UInt64
        var since: UInt64

        mutating func take(_ rate: Int, at now: UInt64) -> Bool {
            let cost = 1_000_000_000 / UInt64(rate)
            refill(at: now)
            guard left >= cost else { return false }
            left -= cost
            return true
        }

        func isFull(at now: UInt64) -> Bool { now >= since && left + (now - since) >= StrangerLines.burst }

        private mutating func refill(at now: UInt64) {
            left = now > since ? min(StrangerLines.burst, left + min(now - since, StrangerLines.burst)) : left
            since = max(now, since)
        }
    }

    /// Nanoseconds' worth of lines that may come at once.
    fileprivate static let burst: UInt64 = 20_000_000_000
    static let tableBound = 1024
    static let sumBound = 256

    private let bounds: AuditLog.StrangerBounds
    private var all: Allowance
    private var networks: [String: Allowance] = [:]
    private var sums: [OmittedRecords: Int] = [:]
    /// The time of the first record in `sums`, in milliseconds since 1970.
    private(set) var since: Int64?
    /// Records that got no line since the log was opened.
    private(set) var omitted = 0

    init(_ bounds: AuditLog.StrangerBounds, at now: UInt64) {
        self.bounds = bounds
        all = Allowance(left: Self.burst, since: now)
    }

    /// Whether the record gets a line; if not, it is counted.
    ///
    /// - Parameters:
    ///   - mayWrite: false where nothing at all is to be written for strangers now.
    ///   - time: when the command was given, in milliseconds since 1970.
    mutating func admits(_ record: OmittedRecords, mayWrite: Bool, at now: UInt64, time: Int64) -> Bool {
        if mayWrite, takes(from: record.from, at: now) { return true }
        count(record)
        since = since ?? time
        return false
    }

    /// The network's bound first, so that one network does not use up what there is for all.
    private mutating func takes(from network: String, at now: UInt64) -> Bool {
        if let rate = bounds.network {
            if networks[network] == nil, networks.count >= Self.tableBound { forget(at: now) }
            var allowance = networks[network] ?? Allowance(left: Self.burst, since: now)
            let isTaken = allowance.take(rate, at: now)
            networks[network] = allowance
            guard isTaken else { return false }
        }
        return bounds.all.map { all.take($0, at: now) } ?? true
    }

    /// Makes room: by those that have their whole allowance, which is what one that is not here has, or by all. The bound
    /// for all networks together holds in either case.
    private mutating func forget(at now: UInt64) {
        networks = networks.filter { !$0.value.isFull(at: now) }
        if networks.count >= Self.tableBound { networks.removeAll() }
    }

    private mutating func count(_ record: OmittedRecords) {
        omitted += 1
        if sums.count < Self.sumBound || sums[record] != nil {
            sums[record, default: 0] += 1
        } else {
            let rest = OmittedRecords(
                server: record.server, from: OmittedRecords.others, verb: record.verb, code: record.code)
            sums[rest, default: 0] += 1
        }
    }

    /// Takes the sums, in a fixed order, and the time of their first record; counting begins anew.
    mutating func takeSums() -> (sums: [(OmittedRecords, count: Int)], since: Int64)? {
        guard let since else { return nil }
        defer { (sums, self.since) = ([:], nil) }
        let sorted = sums.sorted { left, right in
            (left.key.from, left.key.verb, left.key.code) < (right.key.from, right.key.verb, right.key.code)
        }
        return (sorted.map { ($0.key, $0.value) }, since)
    }
}

extension OmittedRecords {
    /// Writes the members of a line that sums up `count` records, after the three with which each line begins.
    func put(count: Int, since: Int64, to text: inout JSONText) {
        text.put("\"omitted\":")
        text.put(json: count)
        text.put(",\"server\":")
        text.put(json: server)
        text.put(",\"from\":")
        text.put(json: from)
        text.put(",\"verb\":")
        text.put(json: verb)
        text.put(",\"code\":")
        text.put(json: code)
        text.put(",\"since\":\"")
        AuditTime.put(since, to: &text)
        text.put("\"")
    }
}
