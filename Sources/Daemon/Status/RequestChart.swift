/// The chart of the last minutes: a bar for each interval, with the outcomes above each other. The outcomes differ in
/// their pattern too, so that the chart can be read without colours.
struct RequestChart {
    private static let (width, height) = (600, 120)

    let activity: RequestActivity

    /// The highest number that the axis shows: the next of 1, 2, 5, 10, 20, 50 and so on, in requests of an interval.
    private var highest: Int {
        let most = activity.intervals.map(\.total).max() ?? 0
        var step = 1
        while step * 5 < most { step *= 10 }
        return [1, 2, 5].map { $0 * step }.first { $0 >= most } ?? step * 10
    }

    private var seconds: Double { RequestHistory.interval / .seconds(1) }

    func write(into html: inout HTML) {
        let highest = highest
        html.element("div", ["class": "plot"]) { html in
            html.element("p") { $0.element("span", text: "\(StatusText.decimal(Double(highest) / seconds))/s") }
            html.element(
                "svg",
                [
                    "viewBox": "0 0 \(Self.width) \(Self.height)", "preserveAspectRatio": "none", "role": "img",
                    "aria-label": "Requests answered in each second, over the last five minutes",
                ]
            ) { html in
                Self.writePatterns(into: &html)
                writeBars(highest, into: &html)
            }
            html.element("p") { html in
                html.element("span", own: "5 minutes ago")
                html.element("span", own: "now")
            }
        }
        writeLegend(into: &html)
    }

    private func writeBars(_ highest: Int, into html: inout HTML) {
        let slot = Double(Self.width) / Double(RequestHistory.count)
        // The newest interval is at the right end.
        let first = RequestHistory.count - activity.intervals.count
        for (index, outcomes) in activity.intervals.enumerated() where outcomes.total > 0 {
            let x = Double(first + index) * slot
            var y = Double(Self.height)
            for (kind, count) in Self.kinds(of: outcomes) where count > 0 {
                // One request among many must still be seen.
                let length = max(1.5, Double(count) / Double(highest) * Double(Self.height))
                y -= length
                html.element(
                    "rect",
                    [
                        "class": kind.rawValue, "x": Self.coordinate(x + 0.8), "y": Self.coordinate(y),
                        "width": Self.coordinate(slot - 1.6), "height": Self.coordinate(length),
                    ]
                ) { _ in }
                if kind != .done { Self.writeStripes(kind, x + 0.8, y, slot - 1.6, length, into: &html) }
            }
        }
    }

    private enum Kind: String {
        case done, again, refused
    }

    private static func kinds(of outcomes: RequestOutcomes) -> [(Kind, Int)] {
        [(.done, outcomes.done), (.again, outcomes.again), (.refused, outcomes.refused)]
    }

    /// Writes the pattern of an outcome over its bar.
    private static func writeStripes(
        _ kind: Kind, _ x: Double, _ y: Double, _ width: Double, _ length: Double, into html: inout HTML
    ) {
        html.element(
            "rect",
            [
                "fill": "url(#\(kind.rawValue)-stripes)", "x": coordinate(x), "y": coordinate(y),
                "width": coordinate(width), "height": coordinate(length),
            ]
        ) { _ in }
    }

    private static func writePatterns(into html: inout HTML) {
        html.element("defs") { html in
            for (kind, path) in [(Kind.again, "M0 6L6 0"), (.refused, "M0 0L6 6M0 6L6 0")] {
                html.element(
                    "pattern",
                    ["id": "\(kind.rawValue)-stripes", "width": "6", "height": "6", "patternUnits": "userSpaceOnUse"]
                ) { html in html.element("path", ["d": path, "class": "gap"]) { _ in } }
            }
        }
    }

    private func writeLegend(into html: inout HTML) {
        let outcomes = activity.total.outcomes
        html.element("ul", ["class": "legend"]) { html in
            for (kind, count) in Self.kinds(of: outcomes) {
                html.element("li") { html in
                    html.element("svg", ["viewBox": "0 0 12 12", "aria-hidden": "true"]) { html in
                        html.element("rect", ["class": kind.rawValue, "width": "12", "height": "12"]) { _ in }
                        if kind != .done { Self.writeStripes(kind, 0, 0, 12, 12, into: &html) }
                    }
                    switch kind {
                    case .done: html.write(own: "done ")
                    case .again: html.write(own: "try again (4xx) ")
                    case .refused: html.write(own: "refused (5xx) ")
                    }
                    html.element("strong", text: StatusText.number(count))
                }
            }
        }
    }

    private static func coordinate(_ value: Double) -> String { "\((value * 10).rounded() / 10)" }
}

extension HTML {
    /// Writes the chart and the table of the commands.
    mutating func write(_ activity: RequestActivity) {
        element("section") { html in
            html.element("h2") { html in
                html.write("Requests in the last \(StatusText.span(activity.span))")
            }
            RequestChart(activity: activity).write(into: &html)
        }
        write(activity.table)
    }
}
