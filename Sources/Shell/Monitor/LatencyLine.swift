/// The lines that `clavero --latency` shows.
enum LatencyLine {
    /// The shortest trend, in seconds. If there is less room, the text before it is shortened.
    private static let shortestTrend = 8
    private static let longestTrend = 60

    /// Returns a line such as `min 0.08  p50 0.11  p99 0.31  max 1.2 ms, 600 samples`.
    static func text(_ latencies: LatencyHistogram) -> String { words(of: latencies)[0] }

    /// Returns the line with a sparkline after it, or as much of both as fits into `columns`.
    ///
    /// - Parameter trend: one value a second, in nanoseconds.
    static func text(_ latencies: LatencyHistogram, trend: [Int?], columns: Int, levels: [Character]) -> String {
        // Text in the last column may wrap, and the terminal shows Ctrl-C as ^C.
        let room = columns - 3
        let words = words(of: latencies)
        let text = words.first { $0.count + 2 + shortestTrend <= room } ?? words[words.count - 1]
        let length = min(room - text.count - 2, longestTrend)
        guard length > 0, !trend.isEmpty else { return String(text.prefix(max(0, room))) }
        return "\(text)  \(Sparkline.text(trend, columns: length, levels: levels))"
    }

    /// Returns the texts for the latencies, from the longest to the shortest.
    private static func words(of latencies: LatencyHistogram) -> [String] {
        guard latencies.count > 0 else { return ["no answer"] }
        let all = [
            ("min", latencies.minimum), ("p50", latencies.percentile(50)), ("p99", latencies.percentile(99)),
            ("max", latencies.maximum),
        ].map { "\($0) \(LatencyFormat.text($1))" }
        return [
            "\(all.joined(separator: "  ")) ms, \(latencies.count) \(latencies.count == 1 ? "sample" : "samples")",
            "\(all.joined(separator: "  ")) ms", "\(all[1...2].joined(separator: "  ")) ms",
        ]
    }
}
