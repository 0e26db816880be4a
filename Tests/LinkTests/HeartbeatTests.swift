import Testing

@testable import Link

@Suite("Heartbeats")
struct HeartbeatTests {
    @Test("Who does not talk is asked, is doubted when no answer has come by the next tick, and given up after four")
    func silence() {
        var heartbeat = Heartbeat()
        Self.expect(.ask, of: &heartbeat)
        #expect(!heartbeat.isDoubtful)
        for _ in 2...Heartbeat.ticks {
            Self.expect(.nothing, of: &heartbeat)
            #expect(heartbeat.isDoubtful)
        }
        Self.expect(.giveUp, of: &heartbeat)
    }

    @Test("Who talks is not asked, and a word at any time makes good the silence before it")
    func words() {
        var heartbeat = Heartbeat()
        for _ in 0..<10 {
            heartbeat.heard()
            Self.expect(.nothing, of: &heartbeat)
        }
        for _ in 0..<Heartbeat.ticks { _ = heartbeat.tick(hasMoved: false) }
        heartbeat.heard()
        Self.expect(.nothing, of: &heartbeat)
        #expect(!heartbeat.isDoubtful)
        Self.expect(.ask, of: &heartbeat)
    }

    @Test("Who still takes what is written to him need not have answered")
    func movement() {
        var heartbeat = Heartbeat()
        Self.expect(.ask, of: &heartbeat)
        for _ in 0..<10 { Self.expect(.nothing, of: &heartbeat, hasMoved: true) }
        #expect(!heartbeat.isDoubtful)
    }

    private static func expect(_ action: Heartbeat.Action, of heartbeat: inout Heartbeat, hasMoved: Bool = false) {
        let got = heartbeat.tick(hasMoved: hasMoved)
        #expect(got == action)
    }
}
