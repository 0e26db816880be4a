import Foundation
import Telemetry
import TestKit
import Testing

@Suite("The dashboard and the alert rules")
struct DashboardTests {
    private static let metrics = Metric.serverMetrics + Metric.proxyMetrics

    /// The names that an expression may have: those of the metrics, and those of a histogram's series.
    private static let names = Set(
        metrics.flatMap { metric in
            metric.kind == .histogram ? ["_bucket", "_sum", "_count"].map { metric.name + $0 } : [metric.name]
        })

    private static func text(_ path: String) throws -> String {
        try String(contentsOf: Repository.root.appending(path: "packaging/\(path)"), encoding: .utf8)
    }

    /// Returns the names of metrics in an expression, each with the labels that it is selected by.
    private static func uses(_ expression: String) -> [(name: String, labels: [String])] {
        expression.matches(of: /\b((?:claverod|clavero|process)_[a-z_]+)(?:\{([^}]*)\})?/).map { match in
            let labels = (match.2 ?? "").matches(of: /([a-z_]+)(?:=~|!~|!=|=)/).map { String($0.1) }
            return (String(match.1), labels)
        }
    }

    /// Expects that each metric exists and has the labels. Prometheus itself adds `job` and `instance`.
    private static func check(_ expression: String) throws {
        let uses = uses(expression)
        #expect(!uses.isEmpty || expression.hasPrefix("up{"), "\(expression)")
        for (name, labels) in uses {
            try #require(names.contains(name), "\(name)")
            let metric = metrics.first { name == $0.name || $0.kind == .histogram && name.hasPrefix("\($0.name)_") }
            let known = (metric?.labels ?? []) + ["job", "instance", "le"]
            #expect(Set(labels).isSubset(of: known), "\(name): \(labels)")
        }
        for match in expression.matches(of: /by \(([a-z_, ]+)\)/) {
            let known = uses.flatMap { use in metrics.filter { use.name.hasPrefix($0.name) }.flatMap(\.labels) }
            for label in match.1.split(separator: ",").map({ $0.trimmingCharacters(in: .whitespaces) }) {
                #expect(known.contains(label) || ["instance", "le"].contains(label), "\(label) in \(expression)")
            }
        }
    }

    @Test("Each metric of the alert rules exists and has the labels that they select")
    func rules() async throws {
        let script = """
            import json, sys, yaml
            print(json.dumps([rule for group in yaml.safe_load(sys.stdin)["groups"] for rule in group["rules"]]))
            """
        let result = try await Tool.run(
            "/usr/bin/python3", ["-c", script], input: try Self.text("prometheus/clavero.rules.yml"))
        try #require(result.status == 0, "\(result.errors)")
        let rules = try #require(
            try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [[String: Any]])
        let names = rules.compactMap { $0["alert"] as? String }
        #expect(names.count > 10 && Set(names).count == names.count)
        for rule in rules {
            try Self.check(try #require(rule["expr"] as? String))
            let notes = try #require(rule["annotations"] as? [String: String])
            #expect(notes["summary"] != nil && notes["description"]?.hasSuffix(".") == true, "\(rule)")
            #expect(["critical", "warning"].contains((rule["labels"] as? [String: String])?["severity"]))
        }
    }

    @Test("The dashboard is JSON, each metric of its panels exists, and no panel covers another")
    func dashboard() throws {
        let text = try Self.text("grafana/clavero.json")
        let dashboard = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        let panels = try #require(dashboard["panels"] as? [[String: Any]])
        var covered: Set<[Int]> = []
        for panel in panels {
            let place = try #require(panel["gridPos"] as? [String: Int])
            let (x, y, width, height) = (place["x"]!, place["y"]!, place["w"]!, place["h"]!)
            #expect(x + width <= 24)
            for column in x..<x + width {
                for line in y..<y + height {
                    #expect(covered.insert([column, line]).inserted, "\(panel["title"] ?? "")")
                }
            }
            for target in panel["targets"] as? [[String: Any]] ?? [] {
                try Self.check(try #require(target["expr"] as? String))
            }
        }
        #expect(panels.count > 15)
        #expect(Set(panels.compactMap { $0["id"] as? Int }).count == panels.count)
        // The data source is chosen by the person who imports the dashboard.
        let sources = text.matches(of: /"uid": "([^"]*)"/).map { String($0.1) }
        #expect(Set(sources) == ["${datasource}", "clavero"])
    }
}
