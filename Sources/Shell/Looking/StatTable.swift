/// What --stat shows: a line a second, and a heading now and then.
struct StatTable {
    /// What is known of a second.
    struct Row: Equatable {
        /// Requests a second.
        let requests: Int?
        let trips: RoundTrips
        let sessions: Int?
    }

    private static let head = ["req/s", "p50 ms", "p99 ms", "sessions"]
    private static let widths = [8, 8, 8, 9]
    private static let longestTrend = 32

    /// Whether the server tells how much it does; then that is the trend, and otherwise the latency is.
    let hasCounts: Bool
    let levels: [Character]
    private var trend: [Int?] = []

    init(hasCounts: Bool, levels: [Character]) {
        self.hasCounts = hasCounts
        self.levels = levels
    }

    func heading(columns: Int) -> String {
        let name = hasCounts ? "requests a second" : "p99"
        let room = Self.room(columns)
        return Self.line(Self.head, name.count <= room ? name : "", columns)
    }

    /// `trend` grows by this row.
    mutating func line(_ row: Row, columns: Int) -> String {
        let p99 = row.trips.percentile(99)
        trend = trend.suffix(Self.longestTrend - 1) + [hasCounts ? row.requests : p99]
        let cells = [
            Self.text(row.requests), Milliseconds.text(row.trips.percentile(50)), Milliseconds.text(p99),
            Self.text(row.sessions),
        ]
        return Self.line(cells, Sparkline.text(trend, columns: Self.room(columns), levels: levels), columns)
    }

    private static func text(_ count: Int?) -> String { count.map { "\($0)" } ?? "-" }

    /// Columns for the trend; the last of a terminal's stays free, since what reaches it may wrap.
    private static func room(_ columns: Int) -> Int {
        min(columns - 1 - widths.reduce(0, +) - 2, longestTrend)
    }

    private static func line(_ cells: [String], _ trend: String, _ columns: Int) -> String {
        let text = zip(cells, widths).map { cell, width in
            String(repeating: " ", count: max(0, width - cell.count)) + cell
        }.joined()
        return String((trend.isEmpty ? text : "\(text)  \(trend)").prefix(max(0, columns - 1)))
    }
}
