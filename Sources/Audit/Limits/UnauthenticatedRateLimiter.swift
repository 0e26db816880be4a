/// Decides which records of strangers get a line, and counts the others. A value. Its memory is bounded by `tableBound`
/// networks and `sumBound` sums, and a few sums more for all other networks.
struct UnauthenticatedRateLimiter: Sendable {
    /// A token bucket: the lines that may be written now. It fills again with time.
    private struct TokenBucket {
        /// The lines, in nanoseconds of the time that each costs.
        var left: UInt64
        var since: UInt64

        mutating func take(_ rate: Int, at now: UInt64) -> Bool {
            let cost = 1_000_000_000 / UInt64(rate)
            refill(at: now)
            guard left >= cost else { return false }
            left -= cost
            return true
        }

        func isFull(at now: UInt64) -> Bool { now >= since && left + (now - since) >= UnauthenticatedRateLimiter.burst }

        private mutating func refill(at now: UInt64) {
            left =
                now > since
                ? min(UnauthenticatedRateLimiter.burst, left + min(now - since, UnauthenticatedRateLimiter.burst))
                : left
            since = max(now, since)
        }
    }

    /// The lines that may come at once, in nanoseconds of their time.
    fileprivate static let burst: UInt64 = 20_000_000_000
    static let tableBound = 1024
    static let sumBound = 256

    private let limits: UnauthenticatedRateLimits
    private var all: TokenBucket
    private var networks: [String: TokenBucket] = [:]
    private var sums: [OmittedRecords: Int] = [:]
    /// The time of the first record in `sums`, in milliseconds since 1970.
    private(set) var since: Int64?
    /// The number of records that got no line since the log was opened.
    private(set) var omitted = 0

    init(_ limits: UnauthenticatedRateLimits, at now: UInt64) {
        self.limits = limits
        all = TokenBucket(left: Self.burst, since: now)
    }

    /// Returns whether the record gets a line. If not, it is counted.
    ///
    /// - Parameters:
    ///   - mayWrite: whether strangers' records may be written at all now.
    ///   - time: the time at which the command was given, in milliseconds since 1970.
    mutating func admits(_ record: OmittedRecords, mayWrite: Bool, at now: UInt64, time: Int64) -> Bool {
        if mayWrite, takes(from: record.from, at: now) { return true }
        count(record)
        since = since ?? time
        return false
    }

    /// Takes a line from the network's bucket, and then from the bucket of all. This order keeps one network from
    /// emptying the common bucket.
    private mutating func takes(from network: String, at now: UInt64) -> Bool {
        if let rate = limits.network {
            if networks[network] == nil, networks.count >= Self.tableBound { makeRoom(at: now) }
            var bucket = networks[network] ?? TokenBucket(left: Self.burst, since: now)
            let isTaken = bucket.take(rate, at: now)
            networks[network] = bucket
            guard isTaken else { return false }
        }
        return limits.all.map { all.take($0, at: now) } ?? true
    }

    /// Makes room for a network: it removes full buckets, which are like new ones, and if that is not enough all
    /// buckets. The common limit holds either way.
    private mutating func makeRoom(at now: UInt64) {
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

    /// Takes the sums, in a fixed order, and the time of their first record. Counting starts again.
    mutating func takeSums() -> (sums: [(OmittedRecords, count: Int)], since: Int64)? {
        guard let since else { return nil }
        defer { (sums, self.since) = ([:], nil) }
        let sorted = sums.sorted { left, right in
            (left.key.from, left.key.verb, left.key.code) < (right.key.from, right.key.verb, right.key.code)
        }
        return (sorted.map { ($0.key, $0.value) }, since)
    }
}
