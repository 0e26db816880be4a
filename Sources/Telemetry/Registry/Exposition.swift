/// Prometheus' text format, version 0.0.4
/// (https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format).
package struct Exposition {
    package static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    package private(set) var text = ""

    package init() {}

    /// Begins a metric. Its samples follow.
    package mutating func begin(_ metric: Metric) {
        text += "# HELP \(metric.name) \(Self.escaped(metric.help, quote: false))\n"
        text += "# TYPE \(metric.name) \(metric.kind.rawValue)\n"
    }

    package mutating func add(_ metric: Metric, _ labels: [String], _ value: Double) {
        add(metric.name, zip(metric.labels, labels), value)
    }

    /// Adds a histogram.
    ///
    /// `counts`: the observations in each single bucket. The last one holds those above all `bounds`.
    package mutating func add(
        _ metric: Metric, _ labels: [String], bounds: [Double], counts: [Int], sum: Double
    ) {
        let own = Array(zip(metric.labels, labels))
        var total = 0
        for (bound, count) in zip(bounds + [.infinity], counts) {
            total += count
            add("\(metric.name)_bucket", own + [("le", Self.number(bound))], Double(total))
        }
        add("\(metric.name)_sum", own, sum)
        add("\(metric.name)_count", own, Double(total))
    }

    private mutating func add(_ name: String, _ labels: some Sequence<(String, String)>, _ value: Double) {
        let pairs = labels.map { "\($0.0)=\"\(Self.escaped($0.1, quote: true))\"" }.joined(separator: ",")
        text += pairs.isEmpty ? name : "\(name){\(pairs)}"
        text += " \(Self.number(value))\n"
    }

    /// Returns the number in the form that Go's `ParseFloat` reads. A whole number has no fraction.
    private static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
        return Int(exactly: value).map(String.init) ?? "\(value)"
    }

    private static func escaped(_ text: String, quote: Bool) -> String {
        guard text.utf8.contains(where: { $0 == 0x5C || $0 == 0x0A || $0 == 0x22 }) else { return text }
        return text.unicodeScalars.map { scalar in
            switch scalar {
            case "\\": "\\\\"
            case "\n": "\\n"
            case "\"" where quote: "\\\""
            default: String(scalar)
            }
        }.joined()
    }
}
