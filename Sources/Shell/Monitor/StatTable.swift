/// The table of `clavero --stat`: a heading, and a line a second.
struct StatTable {
    /// The measurements of one second.
    struct Row: Equatable {
        /// The requests a second.
        let requests: Int?
        let latencies: LatencyHistogram
        let sessions: Int?
    }

    private static let headings = ["req/s", "p50 ms", "p99 ms", "sessions"]
    private static let widths = [8, 8, 8, 9]
    private static let longestTrend = 32

    /// Whether the server tells its counts. The trend shows the requests then, and the latency otherwise.
    let hasCounts: Bool
    let levels: [Character]
    private var trend: [Int?] = []

    init(hasCounts: Bool, levels: [Character]) {
        self.hasCounts = hasCounts
        self.levels = levels
    }

    func heading(columns: Int) -> String {
        let name = hasCounts ? "requests a second" : "p99"
        let room = Self.trendColumns(columns)
        return Self.line(Self.headings, name.count <= room ? name : "", columns)
    }

    /// Returns the line of a row, and adds the row to the trend.
    mutating func line(_ row: Row, columns: Int) -> String {
        let p99 = row.latencies.percentile(99)
        trend = trend.suffix(Self.longestTrend - 1) + [hasCounts ? row.requests : p99]
        let cells = [
            Self.text(row.requests), LatencyFormat.text(row.latencies.percentile(50)), LatencyFormat.text(p99),
            Self.text(row.sessions),
        ]
        return Self.line(cells, Sparkline.text(trend, columns: Self.trendColumns(columns), levels: levels), columns)
    }

    private static func text(_ count: Int?) -> String { count.map { "\($0)" } ?? "-" }

    /// Returns the number of columns for the trend. The terminal's last column stays free, since text in it may wrap.
    private static func trendColumns(_ columns: Int) -> Int {
        min(columns - 1 - widths.reduce(0, +) - 2, longestTrend)
    }

    private static func line(_ cells: [String], _ trend: String, _ columns: Int) -> String {
        let text = zip(cells, widths).map { cell, width in
            String(repeating: " ", count: max(0, width - cell.count)) + cell
        }.joined()
        return String((trend.isEmpty ? text : "\(text)  \(trend)").prefix(max(0, columns - 1)))
    }
}
