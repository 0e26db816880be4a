import CoreMetrics
import Telemetry
import Testing

@Suite("The metrics of a process")
struct RegistryTests {
    private static let events = Metric("events_total", .counter, ["kind"], help: "Events.")
    private static let level = Metric("level", .gauge, help: "A level.")
    private static let duration = Metric("duration_seconds", .histogram, help: "Durations.")
    private static let state = Metric("state", .gauge, ["part"], help: "A state.")
    private let registry = PrometheusRegistry([events, level, duration, state])

    private func lines(of name: String) async -> [String] {
        await registry.exposition().split(separator: "\n").map(String.init).filter { $0.hasPrefix(name) }
    }

    @Test("Handles with the same labels count together, and labels are sorted")
    func counters() async {
        for kind in ["b", "a", "b"] { Counter(Self.events, [kind], in: registry).increment() }
        Counter(Self.events, ["b"], in: registry).increment(by: 40)
        #expect(await lines(of: "events") == [#"events_total{kind="a"} 1"#, #"events_total{kind="b"} 42"#])
    }

    @Test("A counter never goes back")
    func noReset() async {
        let counter = Counter(Self.events, ["a"], in: registry)
        counter.increment(by: 3)
        counter.reset()
        #expect(await lines(of: "events") == [#"events_total{kind="a"} 3"#])
    }

    @Test("A series is removed with its last handle, and begins at 0 when it is made again")
    func removal() async {
        let counters = (0..<2).map { _ in Counter(Self.events, ["a"], in: registry) }
        let timers = (0..<2).map { _ in CoreMetrics.Timer(Self.duration, in: registry) }
        for index in 0..<2 {
            counters[index].increment()
            timers[index].recordNanoseconds(1)
        }
        counters[0].destroy()
        timers[0].destroy()
        #expect(await lines(of: "events") == [#"events_total{kind="a"} 2"#])
        #expect(await lines(of: "duration_seconds_count") == ["duration_seconds_count 2"])
        counters[1].destroy()
        timers[1].destroy()
        #expect(await lines(of: "events").isEmpty)
        #expect(await lines(of: "duration").isEmpty)
        Counter(Self.events, ["a"], in: registry).increment()
        // A handle that was destroyed already has nothing to do with the new series.
        counters[1].destroy()
        #expect(await lines(of: "events") == [#"events_total{kind="a"} 1"#])
    }

    @Test("The counters of codes are removed with their object")
    func codesRemoval() async {
        var codes: CodeCounters? = CodeCounters(
            Metric("events_total", .counter, ["kind"], help: ""), [], in: registry)
        for code in 200..<300 { codes?.add(code) }
        #expect(await lines(of: "events").count == 100)
        codes = nil
        #expect(await lines(of: "events").isEmpty)
    }

    @Test("Labels beyond a limit are counted together")
    func limit() async {
        for number in 0..<20_002 { Counter(Self.events, ["\(number)"], in: registry).increment() }
        Counter(Self.events, ["7"], in: registry).increment()
        let lines = await lines(of: "events")
        #expect(lines.count == 20_001)
        #expect(lines.contains(#"events_total{kind="other"} 2"#))
        #expect(lines.contains(#"events_total{kind="7"} 2"#))
    }

    @Test("A gauge has the value that it was set to, and goes up and down")
    func gauges() async {
        let meter = Meter(label: "level", factory: registry)
        meter.set(2.5)
        meter.increment(by: 4)
        meter.decrement(by: 1)
        #expect(await lines(of: "level") == ["level 5.5"])
    }

    @Test("A duration is counted in the first bucket whose bound it does not exceed")
    func histograms() async {
        let timer = CoreMetrics.Timer(Self.duration, in: registry)
        for nanoseconds in [25_000, 25_001, 10_000_000_000, 10_000_000_001] { timer.recordNanoseconds(nanoseconds) }
        let lines = await lines(of: "duration")
        for line in [
            #"duration_seconds_bucket{le="2.5e-05"} 1"#, #"duration_seconds_bucket{le="5e-05"} 2"#,
            #"duration_seconds_bucket{le="5"} 2"#, #"duration_seconds_bucket{le="10"} 3"#,
            #"duration_seconds_bucket{le="+Inf"} 4"#, "duration_seconds_sum 20.000050002", "duration_seconds_count 4",
        ] { #expect(lines.contains(line), "\(line) in \(lines)") }
    }

    @Test("Values that are kept elsewhere are read at each scrape")
    func readers() async {
        let counter = Counter(Self.events, ["read"], in: registry)
        registry.observe(Self.state) {
            counter.increment()
            return [Sample(["x"], 1), Sample(["y"], 0)]
        }
        for _ in 0..<2 { #expect(await lines(of: "state") == [#"state{part="x"} 1"#, #"state{part="y"} 0"#]) }
        #expect(await lines(of: "events") == [#"events_total{kind="read"} 2"#])
    }

    @Test("Metrics that were not declared are not kept")
    func undeclared() async {
        let before = await registry.exposition()
        Counter(label: "other", factory: registry).increment()
        Meter(label: "other", factory: registry).set(1)
        CoreMetrics.Timer(Metric("other", .histogram, help: ""), in: registry).recordNanoseconds(1)
        #expect(await registry.exposition() == before)
    }

    @Test("A code's counter is made once, however many threads meet it first")
    func codes() async {
        let metric = Metric("codes_total", .counter, ["verb", "code"], help: "Codes.")
        let registry = PrometheusRegistry([metric])
        let codes = CodeCounters(metric, ["X"], in: registry)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask { for index in 0..<10_000 { codes.add([250, 450, 535, 554][index % 4]) } }
            }
        }
        let lines = await registry.exposition().split(separator: "\n").dropFirst(2)
        #expect(
            lines == [
                #"codes_total{verb="X",code="250"} 20000"#, #"codes_total{verb="X",code="450"} 20000"#,
                #"codes_total{verb="X",code="535"} 20000"#, #"codes_total{verb="X",code="554"} 20000"#,
            ])
    }
}
