/// What --latency shows.
enum LatencyLine {
    /// A trend with fewer seconds than this gives way to words.
    private static let shortestTrend = 8
    private static let longestTrend = 60

    /// `min 0.08  p50 0.11  p99 0.31  max 1.2 ms, 600 samples`
    static func text(_ trips: RoundTrips) -> String { words(of: trips)[0] }

    /// The same with a sparkline behind it, or as much of both as a terminal of so many columns shows on a line.
    ///
    /// `trend`: a value a second.
    static func text(_ trips: RoundTrips, trend: [Int?], columns: Int, levels: [Character]) -> String {
        // What reaches the last column may wrap, and a terminal shows Ctrl-C as ^C.
        let room = columns - 3
        let words = words(of: trips)
        let text = words.first { $0.count + 2 + shortestTrend <= room } ?? words[words.count - 1]
        let length = min(room - text.count - 2, longestTrend)
        guard length > 0, !trend.isEmpty else { return String(text.prefix(max(0, room))) }
        return "\(text)  \(Sparkline.text(trend, columns: length, levels: levels))"
    }

    /// From the longest to the shortest.
    private static func words(of trips: RoundTrips) -> [String] {
        guard trips.count > 0 else { return ["no answer"] }
        let all = [
            ("min", trips.minimum), ("p50", trips.percentile(50)), ("p99", trips.percentile(99)),
            ("max", trips.maximum),
        ].map { "\($0) \(Milliseconds.text($1))" }
        return [
            "\(all.joined(separator: "  ")) ms, \(trips.count) \(trips.count == 1 ? "sample" : "samples")",
            "\(all.joined(separator: "  ")) ms", "\(all[1...2].joined(separator: "  ")) ms",
        ]
    }
}
