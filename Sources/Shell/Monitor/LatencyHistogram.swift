/// A histogram of latencies. Its memory use is bounded, since each latency is rounded to three digits.
struct LatencyHistogram: Equatable {
    /// The number of latencies by their rounded value, in nanoseconds.
    private var counts: [Int: Int] = [:]
    private(set) var count = 0

    init() {}

    mutating func add(_ nanoseconds: Int) {
        counts[Self.rounded(nanoseconds), default: 0] += 1
        count += 1
    }

    mutating func add(_ others: LatencyHistogram) {
        counts.merge(others.counts, uniquingKeysWith: +)
        count += others.count
    }

    var minimum: Int? { counts.keys.min() }
    var maximum: Int? { counts.keys.max() }

    /// Returns the nearest-rank percentile in nanoseconds, or nil if there are no latencies.
    func percentile(_ percent: Int) -> Int? {
        let rank = max(1, (count * percent + 99) / 100)
        var passed = 0
        for (nanoseconds, count) in counts.sorted(by: { $0.key < $1.key }) {
            passed += count
            if passed >= rank { return nanoseconds }
        }
        return nil
    }

    /// Returns the number rounded to three significant digits.
    static func rounded(_ nanoseconds: Int) -> Int {
        var unit = 1
        while nanoseconds / unit >= 1000 { unit *= 10 }
        return (nanoseconds + unit / 2) / unit * unit
    }
}
