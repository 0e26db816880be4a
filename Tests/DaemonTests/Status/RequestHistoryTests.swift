import CoreMetrics
import Telemetry
import Testing

@testable import Daemon

@Suite("The requests of the last minutes")
struct RequestHistoryTests {
    private static let requests = Metric("r_total", .counter, ["upstream", "verb", "code"], help: "The requests.")
    private static let durations = Metric("d_seconds", .histogram, ["verb"], help: "The times.")
    private let registry = PrometheusRegistry([requests, durations])

    private func answer(_ verb: String, _ code: Int, count: Int = 1, of server: String = "a") {
        Counter(Self.requests, [server, verb, "\(code)"], in: registry).increment(by: Int64(count))
        let timer = CoreMetrics.Timer(Self.durations, [verb], in: registry)
        for _ in 0..<count { timer.recordNanoseconds(30_000) }
    }

    private var history: RequestHistory {
        RequestHistory(registry, requests: Self.requests, durations: Self.durations)
    }

    @Test("Replies are counted by command and by what they mean, and only those since the first sample")
    func outcomes() {
        answer("SIGN", 250, count: 7)
        let history = history
        answer("SIGN", 250, count: 2)
        answer("SIGN", 250, of: "b")
        answer("SIGN", 451)
        answer("LOGIN", 235)
        answer("LOGIN", 334)
        answer("LOGIN", 535, count: 3)
        answer("LOGIN", 500)
        let activity = history.activity
        #expect(activity.commands.map(\.verb) == ["LOGIN", "SIGN"])
        #expect(activity.commands[0].outcomes == RequestOutcomes(done: 2, again: 0, refused: 4))
        #expect(activity.commands[1].outcomes == RequestOutcomes(done: 3, again: 1, refused: 0))
        #expect(activity.commands[1].latency.total == 4)
        #expect(activity.total.outcomes == RequestOutcomes(done: 5, again: 1, refused: 4))
        #expect(activity.intervals == [])
        history.sample()
        #expect(history.activity.intervals == [RequestOutcomes(done: 5, again: 1, refused: 4)])
    }

    @Test("The oldest samples are forgotten, and what was counted before them does not show")
    func bounds() {
        let history = history
        answer("OLD", 250, count: 9)
        for _ in 0..<RequestHistory.count { history.sample() }
        #expect(history.activity.commands.map(\.verb) == ["OLD"])
        answer("NEW", 250)
        for _ in 0..<10 { history.sample() }
        let activity = history.activity
        #expect(activity.commands.map(\.verb) == ["NEW"])
        #expect(activity.intervals.count == RequestHistory.count)
        #expect(activity.intervals.map(\.total).reduce(0, +) == 1)
    }

    @Test("Requests that were counted for a server are kept when its counters are removed, or made again")
    func removedCounters() {
        answer("SIGN", 250, count: 1000)
        let history = history
        let counter = Counter(Self.requests, ["gone", "SIGN", "250"], in: registry)
        counter.increment(by: 500)
        history.sample()
        counter.destroy()
        answer("SIGN", 250, count: 3)
        history.sample()
        let again = Counter(Self.requests, ["gone", "SIGN", "250"], in: registry)
        again.increment(by: 70)
        history.sample()
        again.destroy()
        Counter(Self.requests, ["gone", "SIGN", "250"], in: registry).increment(by: 7)
        history.sample()
        let activity = history.activity
        #expect(activity.intervals.map(\.done) == [500, 3, 70, 7])
        #expect(activity.commands.map(\.outcomes) == [RequestOutcomes(done: 580)])
    }

    @Test("Of very many commands, the busiest are shown, and the others together")
    func manyVerbs() {
        let history = history
        for number in 0..<100 { answer("V\(number)", 250, count: number + 1) }
        let commands = history.activity.commands
        #expect(commands.count == 41 && commands.first?.verb == "V99")
        #expect(commands.last?.verb == "60 others")
        #expect(history.activity.total.outcomes.done == 5050)
    }

    @Test("Numbers, times and sizes are written for people")
    func text() {
        for (value, text) in [(0, "0"), (999, "999"), (1000, "1 000"), (1_234_567, "1 234 567"), (-1000, "-1 000")] {
            #expect(StatusText.number(value) == text)
        }
        for (seconds, text) in [
            (0.000_037_5, "0.04 ms"), (0.0002, "0.2 ms"), (0.0125, "13 ms"), (0.9, "900 ms"), (1.5, "1.5 s"),
            (10, "10 s"),
        ] as [(Double, String)] { #expect(StatusText.time(seconds) == text) }
        for (seconds, text) in [
            (0, "0 s"), (59, "59 s"), (60, "1 min"), (301, "5 min 1 s"), (3600, "1 h"), (90_061, "1 d 1 h"),
            (86_400, "1 d"), (86_460, "1 d"),
        ] { #expect(StatusText.span(.seconds(seconds)) == text) }
        for (count, text) in [
            (0, "0 B"), (1023, "1 023 B"), (1536, "1.5 KiB"), (20 << 20, "20 MiB"), (3 << 40, "3 TiB"),
        ] {
            #expect(StatusText.bytes(count) == text)
        }
    }
}
