import Testing

@testable import Bench

/// Compares the model with results in closed form.
@Suite("The queueing model")
struct QueueingModelTests {
    private func isClose(_ left: Double, _ right: Double) -> Bool { abs(left - right) <= 1e-9 * abs(right) }

    /// With two equal stations and `n` sessions, the rate is n / (n + 1) times the rate of one station. The balanced
    /// job bounds are exact in this case.
    @Test("Two equal stations have the rate of the closed formula", arguments: [1, 2, 7, 50])
    func balanced(
        _ sessions: Int
    ) {
        let model = QueueingModel(stations: [.init(demand: 0.25), .init(demand: 0.25)])
        let solution = model.solve(sessions: sessions)
        #expect(isClose(solution.rate, 4 * Double(sessions) / Double(sessions + 1)))
        #expect(isClose(solution.responseTime, 0.25 * Double(sessions + 1)))
    }

    /// One station with a time to think is the machine repair problem, M/M/1//n. With 2 sessions, a service time of 1
    /// and a time to think of 2, the station is idle for 1 / (1 + 2 · 1/2 + 2 · 1/4) of the time.
    @Test("One station with a time to think is the machine repair problem")
    func machineRepair() {
        let model = QueueingModel(stations: [.init(demand: 1)], delay: 2)
        #expect(isClose(model.solve(sessions: 2).rate, 1 - 1 / 2.5))
    }

    @Test("A single session never waits")
    func oneSession() {
        let model = QueueingModel(stations: [.init(demand: 0.2, servers: 2), .init(demand: 0.3)], delay: 0.5)
        #expect(isClose(model.solve(sessions: 1).responseTime, 1))
    }

    @Test("Many sessions reach the limit and do not exceed it")
    func limit() {
        let model = QueueingModel(stations: [.init(demand: 0.2, servers: 4), .init(demand: 0.1)], delay: 1)
        #expect(isClose(model.limit, 10))
        let rate = model.solve(sessions: 10_000).rate
        #expect(rate > 9.99 && rate <= 10)
    }
}
