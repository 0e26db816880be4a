import NIOCore
import Testing

@testable import Link

@Suite("The values by which replicas are chosen")
struct ReplicaValueTests {
    private static func standing(
        _ availability: ReplicaScore.Availability, load: Int = 0, sessions: Int = 0, latency: Int64 = 0
    ) -> ReplicaScore {
        ReplicaScore(availability: availability, load: load, sessions: sessions, latency: latency)
    }

    @Test(
        "The best replica is the most available, then the least loaded, then the one with the fewest sessions, then the fastest"
    )
    func best() {
        let rows: [([ReplicaScore], Int?)] = [
            ([], nil),
            ([Self.standing(.unavailable)], nil),
            ([Self.standing(.unavailable), Self.standing(.suspect, load: 9)], 1),
            ([Self.standing(.suspect), Self.standing(.healthy, load: 9)], 1),
            ([Self.standing(.healthy, load: 2), Self.standing(.healthy, load: 1, sessions: 9)], 1),
            ([Self.standing(.healthy, sessions: 2), Self.standing(.healthy, sessions: 1, latency: 9)], 1),
            ([Self.standing(.healthy, latency: 2), Self.standing(.healthy, latency: 1)], 1),
            ([Self.standing(.healthy), Self.standing(.healthy)], 0),
        ]
        for (scores, place) in rows { #expect(ReplicaScore.best(of: scores) == place, "\(scores)") }
    }

    @Test("A tenth of the recent requests may be repeated, and a few more")
    func budget() {
        var budget = RetryBudget()
        /// Returns whether the budget gives these numbers of retries, and then none.
        func gives(_ counts: Int...) -> [Bool] { (counts + [1]).map { budget.take($0) } }
        let least = RetryBudget.least
        #expect(gives(least + 1, least - 1, 1) == [false, true, true, false])
        for _ in 0..<1000 { budget.noteRequest() }
        #expect(gives(101, 100) == [false, true, false])
        for _ in 0..<20 { budget.tick() }
        #expect(gives(least) == [true, false])
    }

    @Test("Three failures in a row eject a replica, for longer each time until it has answered")
    func ejection() {
        var now = NIODeadline.now()
        var ejection = OutlierEjection()
        for _ in 0..<10 {
            ejection.failed(at: now)
            ejection.failed(at: now)
            ejection.succeeded()
        }
        #expect(!ejection.isEjected(at: now))
        for _ in 0..<3 { ejection.failed(at: now) }
        for seconds in [1, 2, 4, 8, 16, 30, 30] as [Int64] {
            #expect(ejection.isEjected(at: now))
            // These requests were sent before the ejection.
            ejection.failed(at: now)
            now = now + .seconds(seconds) - .nanoseconds(1)
            #expect(ejection.isEjected(at: now), "\(seconds)")
            now = now + .nanoseconds(1)
            #expect(!ejection.isEjected(at: now), "\(seconds)")
            ejection.failed(at: now)
        }
        now = now + .seconds(30)
        ejection.succeeded()
        ejection.failed(at: now)
        ejection.failed(at: now)
        #expect(!ejection.isEjected(at: now))
        ejection.failed(at: now)
        #expect(ejection.isEjected(at: now) && !ejection.isEjected(at: now + .seconds(1)))
    }
}
