import Testing

@testable import Shell

@Suite("Round trips and their percentiles")
struct RoundTripsTests {
    private static func trips(_ values: some Sequence<Int>) -> RoundTrips {
        var trips = RoundTrips()
        for value in values { trips.add(value) }
        return trips
    }

    /// Nearest rank: the value at place ceil(percent/100 × count) of the sorted ones.
    @Test(arguments: [
        ([7], 7, 7, 7), ([1, 2], 1, 1, 2), ([30, 10, 20], 10, 20, 30), ([5, 5, 5, 9], 5, 5, 9),
        (Array(1...100).reversed(), 1, 50, 99), (Array(1...101), 1, 51, 100), (Array(1...200), 1, 100, 198),
        (Array(repeating: 3, count: 99) + [800], 3, 3, 3),
    ])
    func percentiles(_ values: [Int], minimum: Int, p50: Int, p99: Int) {
        let trips = Self.trips(values)
        #expect(trips.count == values.count)
        #expect(trips.minimum == minimum && trips.maximum == values.max())
        #expect(trips.percentile(50) == p50)
        #expect(trips.percentile(99) == p99)
        #expect(trips.percentile(100) == values.max())
    }

    @Test func ofNone() {
        let trips = RoundTrips()
        #expect(trips.minimum == nil && trips.percentile(50) == nil && trips.maximum == nil)
    }

    @Test("Gathered by seconds they are what they are together")
    func together() {
        var total = Self.trips(1...60)
        total.add(Self.trips(41...100))
        #expect(total == Self.trips(Array(1...60) + Array(41...100)))
        #expect(total.count == 120)
        #expect(total.percentile(50) == 50)
    }

    @Test(arguments: [
        (0, 0), (999, 999), (1000, 1000), (1004, 1000), (1005, 1010), (9994, 9990), (9995, 10_000),
        (123_456, 123_000), (123_500, 124_000), (10_000_000_000, 10_000_000_000),
    ])
    func threeDigits(_ nanoseconds: Int, rounded: Int) {
        #expect(RoundTrips.rounded(nanoseconds) == rounded)
    }

    @Test(arguments: [
        (nil, "-"), (0, "0.00"), (4999, "0.00"), (5000, "0.01"), (84_000, "0.08"), (994_999, "0.99"), (995_000, "1.0"),
        (1_249_999, "1.2"), (1_250_000, "1.3"), (9_949_999, "9.9"), (9_950_000, "10"), (310_400_000, "310"),
        (2_000_500_000, "2001"),
    ])
    func milliseconds(_ nanoseconds: Int?, text: String) {
        #expect(Milliseconds.text(nanoseconds) == text)
    }
}
