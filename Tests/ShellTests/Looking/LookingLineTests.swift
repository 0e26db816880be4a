import Testing

@testable import Shell

@Suite("The lines of --latency and --stat")
struct LookingLineTests {
    private static let trips: RoundTrips = {
        var trips = RoundTrips()
        for _ in 0..<50 { trips.add(110_000) }
        for _ in 0..<49 { trips.add(310_000) }
        trips.add(80_000)
        trips.add(1_200_000)
        return trips
    }()
    private static let trend: [Int?] = Array(repeating: 310_000, count: 100)

    @Test func aSecondsLine() {
        #expect(LatencyLine.text(Self.trips) == "min 0.08  p50 0.11  p99 0.31  max 1.2 ms, 101 samples")
        #expect(LatencyLine.text(RoundTrips()) == "no answer")
        var one = RoundTrips()
        one.add(20_000_000)
        #expect(LatencyLine.text(one) == "min 20  p50 20  p99 20  max 20 ms, 1 sample")
    }

    @Test(
        "As much as there is room for, and three columns free",
        arguments: [
            (80, "min 0.08  p50 0.11  p99 0.31  max 1.2 ms, 101 samples", 22),
            (66, "min 0.08  p50 0.11  p99 0.31  max 1.2 ms, 101 samples", 8),
            (65, "min 0.08  p50 0.11  p99 0.31  max 1.2 ms", 20),
            (40, "p50 0.11  p99 0.31 ms", 14), (27, "p50 0.11  p99 0.31 ms", 1), (26, "p50 0.11  p99 0.31 ms", 0),
            (20, "p50 0.11  p99 0.3", 0), (1, "", 0),
            (200, "min 0.08  p50 0.11  p99 0.31  max 1.2 ms, 101 samples", 60),
        ])
    func latency(_ columns: Int, words: String, sparks: Int) {
        let line = LatencyLine.text(Self.trips, trend: Self.trend, columns: columns, levels: Sparkline.ascii)
        #expect(line == (sparks > 0 ? "\(words)  \(String(repeating: "#", count: sparks))" : words))
        #expect(line.count <= max(0, columns - 3))
    }

    @Test("A heading, and lines below it", arguments: [80, 40])
    func stat(_ columns: Int) {
        var table = StatTable(hasCounts: true, levels: Sparkline.blocks)
        var lines = [table.heading(columns: columns)]
        for requests in [nil, 800, 100, 400, 0, 1600, 1200] as [Int?] {
            let row = StatTable.Row(requests: requests, trips: Self.trips, sessions: 52)
            lines.append(table.line(row, columns: columns))
        }
        let wide = [
            "   req/s  p50 ms  p99 ms sessions  requests a second",
            "       -    0.11    0.31       52   ",
            "     800    0.11    0.31       52   █",
            "     100    0.11    0.31       52   █▂",
            "     400    0.11    0.31       52   █▂▅",
            "       0    0.11    0.31       52   █▂▅▁",
            "    1600    0.11    0.31       52   ▅▁▃▁█",
            "    1200    0.11    0.31       52   ▅▁▃▁█▇",
        ]
        // Four of the trend, and no room for what it is called.
        let narrow = [
            "   req/s  p50 ms  p99 ms sessions",
            "       -    0.11    0.31       52   ",
            "     800    0.11    0.31       52   █",
            "     100    0.11    0.31       52   █▂",
            "     400    0.11    0.31       52   █▂▅",
            "       0    0.11    0.31       52  █▂▅▁",
            "    1600    0.11    0.31       52  ▁▃▁█",
            "    1200    0.11    0.31       52  ▃▁█▇",
        ]
        #expect(lines == (columns == 80 ? wide : narrow))
        #expect(lines.allSatisfy { $0.count < columns })
    }

    @Test("Without counts the trend is the latency's")
    func statWithoutCounts() {
        var table = StatTable(hasCounts: false, levels: Sparkline.ascii)
        #expect(table.heading(columns: 80) == "   req/s  p50 ms  p99 ms sessions  p99")
        let row = StatTable.Row(requests: nil, trips: Self.trips, sessions: nil)
        #expect(table.line(row, columns: 80) == "       -    0.11    0.31        -  #")
        let none = StatTable.Row(requests: nil, trips: RoundTrips(), sessions: nil)
        #expect(table.line(none, columns: 80) == "       -       -       -        -  # ")
        #expect(table.line(row, columns: 20) == "       -    0.11   ")
    }

    @Test(
        arguments: [
            (["database: ok", "requests: 1204", "sessions: 52"], 1204, 52), (["sessions: 7", "requests: x"], nil, 7),
            (["requests:1", "the requests: 2"], nil, nil), ([], nil, nil),
        ] as [([String], Int?, Int?)])
    func counts(_ lines: [String], requests: Int?, sessions: Int?) {
        let counts = ServerCounts(lines)
        #expect(counts.requests == requests && counts.sessions == sessions)
    }

    @Test(
        arguments: [
            (1000, 1500, 1_000_000_000, 500), (1000, 1500, 2_000_000_000, 250), (0, 1, 1_990_000_000, 1),
            (7, 7, 1_000_000_000, 0), (8, 7, 1_000_000_000, nil), (nil, 7, 1_000_000_000, nil),
            (7, nil, 1_000_000_000, nil), (7, 8, 0, nil),
        ] as [(Int?, Int?, Int, Int?)])
    func rates(_ before: Int?, _ after: Int?, nanoseconds: Int, rate: Int?) {
        let counts = { (number: Int?) in ServerCounts(number.map { ["requests: \($0)"] } ?? []) }
        #expect(counts(after).rate(since: counts(before), nanoseconds: nanoseconds) == rate)
    }
}
