import Testing

@testable import Link

@Suite("Heartbeats")
struct HeartbeatTests {
    @Test("An end that is silent is asked, is suspect after one more tick, and is given up after four")
    func silence() {
        var heartbeat = Heartbeat()
        Self.expect(.ask, of: &heartbeat)
        #expect(!heartbeat.isSuspect)
        for _ in 2...Heartbeat.ticks {
            Self.expect(.nothing, of: &heartbeat)
            #expect(heartbeat.isSuspect)
        }
        Self.expect(.giveUp, of: &heartbeat)
    }

    @Test("An end that sends bytes is not asked, and any byte ends its silence")
    func words() {
        var heartbeat = Heartbeat()
        for _ in 0..<10 {
            heartbeat.heard()
            Self.expect(.nothing, of: &heartbeat)
        }
        for _ in 0..<Heartbeat.ticks { _ = heartbeat.tick(hasMoved: false) }
        heartbeat.heard()
        Self.expect(.nothing, of: &heartbeat)
        #expect(!heartbeat.isSuspect)
        Self.expect(.ask, of: &heartbeat)
    }

    @Test("An end that still takes bytes that are written to it need not answer")
    func movement() {
        var heartbeat = Heartbeat()
        Self.expect(.ask, of: &heartbeat)
        for _ in 0..<10 { Self.expect(.nothing, of: &heartbeat, hasMoved: true) }
        #expect(!heartbeat.isSuspect)
    }

    private static func expect(_ action: Heartbeat.Action, of heartbeat: inout Heartbeat, hasMoved: Bool = false) {
        let got = heartbeat.tick(hasMoved: hasMoved)
        #expect(got == action)
    }
}
