import NIOCore
import Testing

@testable import Link

@Suite("What replicas are chosen by")
struct ReplicaValueTests {
    private static func standing(
        _ health: Standing.Health, load: Int = 0, sessions: Int = 0, latency: Int64 = 0
    ) -> Standing {
        Standing(health: health, load: load, sessions: sessions, latency: latency)
    }

    @Test("The healthiest, then the least loaded, the one with the fewest sessions, the fastest, the first")
    func best() {
        let rows: [([Standing], Int?)] = [
            ([], nil),
            ([Self.standing(.out)], nil),
            ([Self.standing(.out), Self.standing(.doubtful, load: 9)], 1),
            ([Self.standing(.doubtful), Self.standing(.healthy, load: 9)], 1),
            ([Self.standing(.healthy, load: 2), Self.standing(.healthy, load: 1, sessions: 9)], 1),
            ([Self.standing(.healthy, sessions: 2), Self.standing(.healthy, sessions: 1, latency: 9)], 1),
            ([Self.standing(.healthy, latency: 2), Self.standing(.healthy, latency: 1)], 1),
            ([Self.standing(.healthy), Self.standing(.healthy)], 0),
        ]
        for (standings, place) in rows { #expect(Standing.best(of: standings) == place, "\(standings)") }
    }

    @Test("A tenth of the requests may be repeated, and a few more; what was long ago does not count")
    func budget() {
        var budget = RetryBudget()
        /// Whether it gives so many, and then none.
        func gives(_ counts: Int...) -> [Bool] { (counts + [1]).map { budget.take($0) } }
        let least = RetryBudget.least
        #expect(gives(least + 1, least - 1, 1) == [false, true, true, false])
        for _ in 0..<1000 { budget.noteRequest() }
        #expect(gives(101, 100) == [false, true, false])
        for _ in 0..<20 { budget.tick() }
        #expect(gives(least) == [true, false])
    }

    @Test("Three failures in a row eject it, for longer each time until it has answered")
    func ejection() {
        var now = NIODeadline.now()
        var ejection = Ejection()
        for _ in 0..<10 {
            ejection.failed(at: now)
            ejection.failed(at: now)
            ejection.succeeded()
        }
        #expect(!ejection.isOut(at: now))
        for _ in 0..<3 { ejection.failed(at: now) }
        for seconds in [1, 2, 4, 8, 16, 30, 30] as [Int64] {
            #expect(ejection.isOut(at: now))
            // What fails meanwhile was sent before.
            ejection.failed(at: now)
            now = now + .seconds(seconds) - .nanoseconds(1)
            #expect(ejection.isOut(at: now), "\(seconds)")
            now = now + .nanoseconds(1)
            #expect(!ejection.isOut(at: now), "\(seconds)")
            ejection.failed(at: now)
        }
        now = now + .seconds(30)
        ejection.succeeded()
        ejection.failed(at: now)
        ejection.failed(at: now)
        #expect(!ejection.isOut(at: now))
        ejection.failed(at: now)
        #expect(ejection.isOut(at: now) && !ejection.isOut(at: now + .seconds(1)))
    }
}
