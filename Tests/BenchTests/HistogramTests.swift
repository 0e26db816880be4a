import Testing

@testable import Bench

/// Compares percentiles with sorted values, and not with the histogram's own buckets.
@Suite("The histogram of latencies")
struct HistogramTests {
    @Test("Values below 256 are exact")
    func exact() {
        var histogram = Histogram()
        for value in (1...200 as ClosedRange<UInt64>).reversed() { histogram.record(value) }
        #expect(histogram.percentile(0.5) == 100)
        #expect(histogram.percentile(0.99) == 198)
        #expect(histogram.percentile(0.999) == 200)
        #expect(histogram.maximum == 200)
        #expect(histogram.count == 200)
    }

    @Test("Percentiles are within one percent of those of the sorted values")
    func percentiles() {
        var histogram = Histogram()
        var state: UInt64 = 42
        var values: [UInt64] = []
        for _ in 0..<100_000 {
            // The generator is Knuth's MMIX. The second shift uses the upper bits, so that the values spread over
            // nine decades.
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let value = (state >> 33) >> (state >> 59)
            values.append(value)
            histogram.record(value)
        }
        values.sort()
        for share in [0.01, 0.5, 0.9, 0.99, 0.999] {
            let exact = values[Int((share * 100_000).rounded(.up)) - 1]
            let found = histogram.percentile(share)
            #expect(found >= exact && Double(found) <= Double(exact) * 1.01 + 1)
        }
        #expect(histogram.percentile(1) == values.last)
    }

    @Test("The buckets have no gap and no overlap")
    func buckets() {
        var previous = -1
        for exponent in 0..<63 as Range<UInt64> {
            for value in [1 << exponent, 1 << exponent + (1 << exponent) / 3] as [UInt64] {
                let bucket = Histogram.bucket(of: value)
                #expect(Histogram.upperEnd(of: bucket) >= value)
                #expect(Histogram.bucket(of: Histogram.upperEnd(of: bucket)) == bucket)
                #expect(Histogram.bucket(of: Histogram.upperEnd(of: bucket) + 1) == bucket + 1)
                #expect(bucket >= previous)
                previous = bucket
            }
        }
    }

    @Test("The largest value has a bucket")
    func largest() {
        var histogram = Histogram()
        histogram.record(.max)
        #expect(histogram.percentile(0.5) == .max)
    }

    @Test("Every figure of an empty histogram is zero")
    func empty() {
        #expect(Histogram().percentile(0.99) == 0)
    }
}
