/// Counts of latencies in nanoseconds, in buckets of less than 1 % of their value: 2^7 for each power of two, as in
/// HdrHistogram. It is of one size, and recording allocates nothing.
struct Histogram: ~Copyable {
    private static let bits = 7
    private static let steps = 1 << bits
    private static let size = (65 - bits) * steps

    private let counts: UnsafeMutablePointer<UInt64>
    private(set) var count: UInt64 = 0
    private(set) var maximum: UInt64 = 0

    init() {
        counts = .allocate(capacity: Self.size)
        counts.initialize(repeating: 0, count: Self.size)
    }

    deinit { counts.deallocate() }

    mutating func record(_ nanoseconds: UInt64) {
        counts[Self.bucket(of: nanoseconds)] += 1
        count += 1
        maximum = max(maximum, nanoseconds)
    }

    /// The least value that `share` of all values do not exceed, to the upper end of its bucket; 0 when there are none.
    /// - Parameter share: 0.99 for p99.
    func percentile(_ share: Double) -> UInt64 {
        let wanted = max(1, UInt64((share * Double(count)).rounded(.up)))
        var seen: UInt64 = 0
        for bucket in 0..<Self.size {
            seen += counts[bucket]
            if seen >= wanted { return min(Self.upperEnd(of: bucket), maximum) }
        }
        return maximum
    }

    /// Values below 2^8 have a bucket each; above, the leading bit and the seven behind it choose the bucket.
    static func bucket(of value: UInt64) -> Int {
        let shift = max(0, 63 - bits - value.leadingZeroBitCount)
        return shift << bits + Int(value >> UInt64(shift))
    }

    /// The largest value in a bucket.
    static func upperEnd(of bucket: Int) -> UInt64 {
        let shift = max(0, bucket >> bits - 1)
        let first = UInt64(bucket - shift << bits) << UInt64(shift)
        return first + (1 << UInt64(shift) - 1)
    }
}
