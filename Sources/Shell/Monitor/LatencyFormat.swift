/// The text form of latencies.
enum LatencyFormat {
    /// Returns the latency in milliseconds: `0.08`, `1.2` or `310`, and `-` for nil. It has two decimals below 1 ms
    /// and one below 10 ms.
    static func text(_ nanoseconds: Int?) -> String {
        guard let nanoseconds else { return "-" }
        let hundredths = (nanoseconds + 5000) / 10_000
        if hundredths < 100 { return "0.\(hundredths < 10 ? "0" : "")\(hundredths)" }
        let tenths = (nanoseconds + 50_000) / 100_000
        if tenths < 100 { return "\(tenths / 10).\(tenths % 10)" }
        return "\((nanoseconds + 500_000) / 1_000_000)"
    }
}
