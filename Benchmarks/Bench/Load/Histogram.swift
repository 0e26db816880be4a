/// Counts of latencies in nanoseconds. A bucket is less than 1 % of its value wide: each power of two has 2^7
/// buckets, as in HdrHistogram. The size is fixed, and recording allocates nothing.
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

    /// Returns the least value that a share of all values does not exceed, as the upper end of its bucket; 0 if no
    /// values were recorded.
    ///
    /// - Parameter share: The share, such as 0.99 for p99.
    func percentile(_ share: Double) -> UInt64 {
        let wanted = max(1, UInt64((share * Double(count)).rounded(.up)))
        var seen: UInt64 = 0
        for bucket in 0..<Self.size {
            seen += counts[bucket]
            if seen >= wanted { return min(Self.upperEnd(of: bucket), maximum) }
        }
        return maximum
    }

    /// Returns the bucket of a value. Values below 2^8 have a bucket each. Above that, the leading bit and the next
    /// seven bits choose the bucket.
    static func bucket(of value: UInt64) -> Int {
        let shift = max(0, 63 - bits - value.leadingZeroBitCount)
        return shift << bits + Int(value >> UInt64(shift))
    }

    /// Returns the largest value in a bucket.
    static func upperEnd(of bucket: Int) -> UInt64 {
        let shift = max(0, bucket >> bits - 1)
        let first = UInt64(bucket - shift << bits) << UInt64(shift)
        return first + (1 << UInt64(shift) - 1)
    }
}
