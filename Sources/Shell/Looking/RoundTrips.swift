/// How long round trips took. However many there are, they take little room: each is kept to three digits.
struct RoundTrips: Equatable {
    /// By nanoseconds, how many took so long.
    private var counts: [Int: Int] = [:]
    private(set) var count = 0

    init() {}

    mutating func add(_ nanoseconds: Int) {
        counts[Self.rounded(nanoseconds), default: 0] += 1
        count += 1
    }

    mutating func add(_ others: RoundTrips) {
        counts.merge(others.counts, uniquingKeysWith: +)
        count += others.count
    }

    var minimum: Int? { counts.keys.min() }
    var maximum: Int? { counts.keys.max() }

    /// The shortest that at least `percent` of a hundred do not exceed, the nearest rank, in nanoseconds; nil when there
    /// are none.
    func percentile(_ percent: Int) -> Int? {
        let rank = max(1, (count * percent + 99) / 100)
        var passed = 0
        for (nanoseconds, count) in counts.sorted(by: { $0.key < $1.key }) {
            passed += count
            if passed >= rank { return nanoseconds }
        }
        return nil
    }

    /// To the nearest number of three digits and zeros.
    static func rounded(_ nanoseconds: Int) -> Int {
        var unit = 1
        while nanoseconds / unit >= 1000 { unit *= 10 }
        return (nanoseconds + unit / 2) / unit * unit
    }
}

/// Nanoseconds as a person reads them.
enum Milliseconds {
    /// `0.08`, `1.2`, `310`: with two places below one millisecond, one below ten, else none; `-` for nil.
    static func text(_ nanoseconds: Int?) -> String {
        guard let nanoseconds else { return "-" }
        let hundredths = (nanoseconds + 5000) / 10_000
        if hundredths < 100 { return "0.\(hundredths < 10 ? "0" : "")\(hundredths)" }
        let tenths = (nanoseconds + 50_000) / 100_000
        if tenths < 100 { return "\(tenths / 10).\(tenths % 10)" }
        return "\((nanoseconds + 500_000) / 1_000_000)"
    }
}
