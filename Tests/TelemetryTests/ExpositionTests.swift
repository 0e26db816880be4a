import TestKit
import Testing

@testable import Telemetry

/// The expected texts are those of https://prometheus.io/docs/instrumenting/exposition_formats/#text-format-example,
/// without timestamps and with whole numbers written out.
@Suite("Prometheus' text format")
struct ExpositionTests {
    @Test("A counter has labels")
    func counter() {
        let metric = Metric(
            "http_requests_total", .counter, ["method", "code"], help: "The total number of HTTP requests.")
        var exposition = Exposition()
        exposition.begin(metric)
        exposition.add(metric, ["post", "200"], 1027)
        exposition.add(metric, ["post", "400"], 3)
        #expect(
            exposition.text == """
                # HELP http_requests_total The total number of HTTP requests.
                # TYPE http_requests_total counter
                http_requests_total{method="post",code="200"} 1027
                http_requests_total{method="post",code="400"} 3

                """)
    }

    @Test("Backslashes, line ends, and quotes are escaped in a label, and quotes are not in a help text")
    func escaping() {
        let metric = Metric(
            "msdos_file_access_time_seconds", .gauge, ["path", "error"], help: #"C:\ and "more","# + "\non two lines")
        var exposition = Exposition()
        exposition.begin(metric)
        exposition.add(metric, [#"C:\DIR\FILE.TXT"#, "Cannot find file:\n\"FILE.TXT\""], 1.458255915e9)
        #expect(
            exposition.text == #"""
                # HELP msdos_file_access_time_seconds C:\\ and "more",\non two lines
                # TYPE msdos_file_access_time_seconds gauge
                msdos_file_access_time_seconds{path="C:\\DIR\\FILE.TXT",error="Cannot find file:\n\"FILE.TXT\""} 1458255915

                """#)
    }

    @Test("A value has the form that Go's ParseFloat reads")
    func numbers() {
        let metric = Metric("something_weird", .gauge, ["problem"], help: "")
        for (value, text) in [
            (0, "0"), (-2, "-2"), (0.25, "0.25"), (1e-7, "1e-07"), (.infinity, "+Inf"), (-.infinity, "-Inf"),
            (.nan, "NaN"), (1.8446744073709552e19, "1.8446744073709552e+19"),
        ] as [(Double, String)] {
            var exposition = Exposition()
            exposition.add(metric, ["x"], value)
            #expect(exposition.text == "something_weird{problem=\"x\"} \(text)\n")
        }
    }

    @Test("A histogram's buckets are cumulative, and the last one is the count")
    func histogram() {
        let metric = Metric(
            "http_request_duration_seconds", .histogram, help: "A histogram of the request duration.")
        var exposition = Exposition()
        exposition.begin(metric)
        exposition.add(
            metric, [], bounds: [0.05, 0.1, 0.2, 0.5, 1],
            counts: [24054, 33444 - 24054, 100392 - 33444, 129389 - 100392, 133988 - 129389, 144320 - 133988],
            sum: 53423)
        #expect(
            exposition.text == """
                # HELP http_request_duration_seconds A histogram of the request duration.
                # TYPE http_request_duration_seconds histogram
                http_request_duration_seconds_bucket{le="0.05"} 24054
                http_request_duration_seconds_bucket{le="0.1"} 33444
                http_request_duration_seconds_bucket{le="0.2"} 100392
                http_request_duration_seconds_bucket{le="0.5"} 129389
                http_request_duration_seconds_bucket{le="1"} 133988
                http_request_duration_seconds_bucket{le="+Inf"} 144320
                http_request_duration_seconds_sum 53423
                http_request_duration_seconds_count 144320

                """)
    }

    @Test("Prometheus' own parser reads the text")
    func parsed() async throws {
        let counter = Metric("odd_total", .counter, ["text", "other"], help: "A \\ \"help\"\nof two lines")
        let values = ["\\n", "\n", "\"", "\\\"", "é→", "", "a,b=\"c\"} 1", "\\"]
        var exposition = Exposition()
        exposition.begin(counter)
        for (index, value) in values.enumerated() { exposition.add(counter, [value, "o"], Double(index)) }
        let histogram = Metric("long_seconds", .histogram, ["verb"], help: "h")
        exposition.begin(histogram)
        exposition.add(histogram, ["X"], bounds: [0.000025, 10], counts: [1, 2, 4], sum: 0.1)
        let program = """
            import sys
            from prometheus_client.parser import text_string_to_metric_families as parse
            for family in parse(sys.stdin.read()):
                print(family.name, family.type, ascii(family.documentation))
                for sample in family.samples:
                    print(sample.name, ascii(sorted(sample.labels.items())), sample.value)
            """
        let result = try await Tool.run("/usr/bin/python3", ["-c", program], input: exposition.text)
        #expect(result.errors == "")
        var expected = [#"odd counter 'A \\ "help"\nof two lines'"#]
        let literals = [
            #"'\\n'"#, #"'\n'"#, #"'"'"#, #"'\\"'"#, #"'\xe9\u2192'"#, "''", #"'a,b="c"} 1'"#, #"'\\'"#,
        ]
        expected += literals.enumerated().map { "odd_total [('other', 'o'), ('text', \($1))] \($0).0" }
        expected += [
            "long_seconds histogram 'h'", "long_seconds_bucket [('le', '2.5e-05'), ('verb', 'X')] 1.0",
            "long_seconds_bucket [('le', '10'), ('verb', 'X')] 3.0",
            "long_seconds_bucket [('le', '+Inf'), ('verb', 'X')] 7.0", "long_seconds_sum [('verb', 'X')] 0.1",
            "long_seconds_count [('verb', 'X')] 7.0",
        ]
        #expect(result.output.split(separator: "\n").map(String.init) == expected)
    }
}
