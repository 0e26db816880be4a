import Testing

@testable import Shell

@Suite("The counts of a server")
struct ServerCountsTests {
    @Test(
        "Counts are read from the lines of HEALTH",
        arguments: [
            (["database: ok", "requests: 1204", "sessions: 52"], 1204, 52), (["sessions: 7", "requests: x"], nil, 7),
            (["requests:1", "the requests: 2"], nil, nil), ([], nil, nil),
        ] as [([String], Int?, Int?)])
    func counts(_ lines: [String], requests: Int?, sessions: Int?) {
        let counts = ServerCounts(lines)
        #expect(counts.requests == requests && counts.sessions == sessions)
    }

    @Test(
        "The rate is the requests a second between two counts",
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
