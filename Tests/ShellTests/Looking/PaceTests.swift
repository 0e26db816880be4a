import Testing

@testable import Shell

@Suite("When probes are due")
struct PaceTests {
    private static let ms = 1_000_000

    @Test("A hundred a second, however late each is woken")
    func rate() {
        var pace = Pace(start: 0)
        for number in 0..<100 {
            #expect(pace.due == number * 10 * Self.ms)
            #expect(pace.take(at: pace.due + 3 * Self.ms, isPunctual: true) == 0)
        }
        #expect(pace.due == 1000 * Self.ms)
    }

    @Test("Behind an answer that took 35 ms, the next three have waited")
    func behindAStall() {
        var pace = Pace(start: 0)
        #expect(pace.take(at: 0, isPunctual: false) == 0)
        #expect(pace.take(at: 35 * Self.ms, isPunctual: false) == 25 * Self.ms)
        #expect(pace.take(at: 36 * Self.ms, isPunctual: false) == 16 * Self.ms)
        #expect(pace.take(at: 37 * Self.ms, isPunctual: false) == 7 * Self.ms)
        #expect(pace.due == 40 * Self.ms)
    }

    @Test(
        "What was due while something else was done is left out",
        arguments: [
            (0, 50), (50, 50), (51, 60), (60, 60), (75, 80),
        ])
    func skip(_ now: Int, due: Int) {
        var pace = Pace(start: 50 * Self.ms)
        pace.skip(to: now * Self.ms)
        #expect(pace.due == due * Self.ms)
    }
}
