import Foundation
import Telemetry
import Testing

/// The rules are those of https://prometheus.io/docs/practices/naming/.
@Suite("The declared metrics", .serialized)
struct DeclarationTests {
    private static let programs = [Metric.serverMetrics, Metric.proxyMetrics]

    @Test("Names are unique and valid, and end in their unit and in _total as Prometheus asks")
    func names() throws {
        for metrics in Self.programs {
            #expect(Set(metrics.map(\.name)).count == metrics.count)
            for metric in metrics {
                #expect(metric.name.wholeMatch(of: /[a-z][a-z0-9_]*/) != nil)
                #expect(metric.name.hasSuffix("_total") == (metric.kind == .counter), "\(metric.name)")
                #expect(metric.kind != .histogram || metric.name.hasSuffix("_seconds"), "\(metric.name)")
                for label in metric.labels {
                    #expect(label.wholeMatch(of: /[a-z][a-z0-9_]*/) != nil && label != "le", "\(metric.name)")
                }
                #expect(metric.help.hasSuffix(".") && !metric.help.contains("\n"), "\(metric.name)")
                // The text must be understood alone, so a name such as "Open links." is too short.
                #expect(metric.help.split(separator: " ").count >= 5, "\(metric.name): \(metric.help)")
            }
        }
    }

    @Test("The metrics of the process agree with the system")
    func process() async throws {
        let registry = PrometheusRegistry(Metric.proxyMetrics)
        registry.observeProcess(version: "1.2", commit: "a1b2")
        let text = await registry.exposition()
        func value(_ name: String) throws -> Double {
            let line = try #require(text.split(separator: "\n").first { $0.hasPrefix("\(name) ") })
            return try #require(Double(line.dropFirst(name.count + 1)))
        }
        #expect(text.contains("\nclavero_build_info{version=\"1.2\",commit=\"a1b2\"} 1\n"))
        let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") })
        let resident = try #require(Double(line.split(whereSeparator: \.isWhitespace)[1])) * 1024
        #expect(abs(try value("process_resident_memory_bytes") - resident) < resident / 2)
        let now = Date().timeIntervalSince1970
        #expect(now - 86400..<now ~= (try value("process_start_time_seconds")))
        #expect(try value("process_cpu_seconds_total") > 0)
        let before = try value("process_open_fds")
        #expect(before > 2)
        #expect(try value("process_max_fds") >= before)
    }
}
