/// The table, with a line for each figure.
struct Table {
    /// A figure and its results.
    struct Row {
        let number: Int
        let title: String
        let ours: String
        let peer: String
        let ratio: String
        let goal: String
        let verdict: Verdict
        let note: String?

        init(_ figure: any Figure, _ result: Result<Measurement, any Error>) {
            number = figure.number
            title = figure.title
            goal = Row.text(of: figure.goal, in: figure.unit)
            switch result {
            case .success(let measurement):
                ours = Row.text(of: measurement.ours, in: figure.unit)
                peer = measurement.peer.map { "\(Row.text(of: $0, in: figure.unit)) \(figure.peer)" } ?? figure.peer
                ratio = measurement.ratio.map { Row.ratio($0) } ?? "-"
                verdict = figure.goal.isMet(by: measurement).map { $0 ? .pass : .miss } ?? .none
                note = measurement.note
            case .failure(let error):
                (ours, peer, ratio) = ("-", figure.peer, "-")
                verdict = error is MissingPeer ? .none : .failed
                note = "\(error)"
            }
        }

        var cells: [String] { ["\(number)", title, ours, peer, ratio, goal, verdict.rawValue] }

        private static func text(of spread: Spread, in unit: Unit) -> String {
            let middle = "\(unit.text(spread.median)) \(unit.name)"
            guard spread.minimum < spread.maximum else { return middle }
            return "\(middle) (\(unit.text(spread.minimum))-\(unit.text(spread.maximum)))"
        }

        /// Returns a ratio with two digits after the point, or with one if the ratio is 10 or more.
        private static func ratio(_ spread: Spread) -> String {
            let digits = spread.median < 10 ? 2 : 1
            let (middle, low, high) = (spread.median, spread.minimum, spread.maximum)
            let texts = [middle, low, high].map { Numbers.fixed($0, digits: digits) }
            return low < high ? "\(texts[0]) (\(texts[1])-\(texts[2]))" : texts[0]
        }

        private static func text(of goal: Goal, in unit: Unit) -> String {
            switch goal {
            case .ratioAtLeast(let bound): ">= \(bound)"
            case .ratioAtMost(let bound): "<= \(bound)"
            case .atMost(let bound): "<= \(unit.text(bound)) \(unit.name)"
            case .atLeast(let bound): ">= \(unit.text(bound)) \(unit.name)"
            }
        }
    }

    enum Verdict: String {
        case pass = "PASS"
        case miss = "MISS"
        /// The measurement failed, which is a fault.
        case failed = "FAILED"
        /// The figure was not measured, because the peer is missing.
        case none = "-"
    }

    static let head = ["#", "figure", "Clavero", "peer", "ratio", "goal", ""]
    private static let widths = [2, 52, 32, 52, 18, 10]

    private(set) var rows: [Row] = []

    mutating func add(_ row: Row) { rows.append(row) }

    /// Returns a line for a terminal.
    static func line(_ cells: [String]) -> String {
        zip(cells, widths + [0]).map { cell, width in
            cell + String(repeating: " ", count: max(0, width - cell.count))
        }.joined(separator: "  ")
    }

    /// The numbers of the verdicts, such as "14 pass, 2 miss, 1 failed". Verdicts that do not occur are left out.
    var summary: String {
        let counts: [(Verdict, String)] = [
            (.pass, "pass"), (.miss, "miss"), (.failed, "failed"), (.none, "not measured"),
        ]
        return counts.compactMap { verdict, word in
            let count = rows.count { $0.verdict == verdict }
            return count > 0 ? "\(count) \(word)" : nil
        }.joined(separator: ", ")
    }

    /// Returns the table in Markdown, with the notes below it.
    func markdown(about facts: [(String, String)]) -> String {
        let table = [Self.head, Self.head.map { _ in "---" }] + rows.map(\.cells)
        let lines = table.map { "| \($0.map { $0.isEmpty ? " " : Self.escaped($0) }.joined(separator: " | ")) |" }
        let notes = rows.compactMap { row in row.note.map { "- \(row.number), \(row.title): \($0)" } }
        return
            (["| | |", "| --- | --- |"] + facts.map { "| \($0) | \(Self.escaped($1)) |" } + [""] + lines + [""]
            + (notes.isEmpty ? [] : notes + [""]) + [summary]).joined(separator: "\n") + "\n"
    }

    private static func escaped(_ cell: String) -> String {
        cell.split(separator: "|", omittingEmptySubsequences: false).joined(separator: "\\|")
    }
}
