import Testing

@testable import Shell

@Suite("The schedule of probes")
struct ProbeScheduleTests {
    private static let ms = 1_000_000

    @Test("A hundred probes are due each second, however late each wake-up is")
    func rate() {
        var schedule = ProbeSchedule(start: 0)
        for number in 0..<100 {
            #expect(schedule.due == number * 10 * Self.ms)
            #expect(schedule.startProbe(at: schedule.due + 3 * Self.ms, isPunctual: true) == 0)
        }
        #expect(schedule.due == 1000 * Self.ms)
    }

    @Test("After a reply that took 35 ms, the next three probes count their delay")
    func stall() {
        var schedule = ProbeSchedule(start: 0)
        #expect(schedule.startProbe(at: 0, isPunctual: false) == 0)
        #expect(schedule.startProbe(at: 35 * Self.ms, isPunctual: false) == 25 * Self.ms)
        #expect(schedule.startProbe(at: 36 * Self.ms, isPunctual: false) == 16 * Self.ms)
        #expect(schedule.startProbe(at: 37 * Self.ms, isPunctual: false) == 7 * Self.ms)
        #expect(schedule.due == 40 * Self.ms)
    }

    @Test(
        "Probes that were due during other requests are skipped",
        arguments: [
            (0, 50), (50, 50), (51, 60), (60, 60), (75, 80),
        ])
    func skip(_ now: Int, due: Int) {
        var schedule = ProbeSchedule(start: 50 * Self.ms)
        schedule.skip(to: now * Self.ms)
        #expect(schedule.due == due * Self.ms)
    }
}
