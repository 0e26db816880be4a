/// A closed network of queues. Each of the sessions sends a request, waits for the answer, and sends the next.
///
/// It is solved by exact mean value analysis (Reiser and Lavenberg, 1980). A station of several equal servers counts
/// as one that is as fast as all of them, and a delay for the rest (Seidmann, 1987).
struct QueueingModel {
    /// A station, which each request visits once.
    struct Station {
        /// The seconds of one server's time that a request takes.
        let demand: Double
        let servers: Int

        init(demand: Double, servers: Int = 1) {
            (self.demand, self.servers) = (demand, servers)
        }
    }

    /// The solution for a number of sessions.
    struct Solution {
        /// The requests a second.
        let rate: Double
        /// The seconds that a request takes.
        let responseTime: Double
    }

    var stations: [Station]
    /// The seconds of a request during which no station is busy with it.
    var delay = 0.0

    func solve(sessions: Int) -> Solution {
        let queues = stations.map { $0.demand / Double($0.servers) }
        let fixed = delay + zip(stations, queues).reduce(0) { $0 + ($1.0.demand - $1.1) }
        var lengths = queues.map { _ in 0.0 }
        var solution = Solution(rate: 0, responseTime: 0)
        for count in 1...max(1, sessions) {
            let times = zip(queues, lengths).map { $0 * (1 + $1) }
            let total = fixed + times.reduce(0, +)
            let rate = Double(count) / total
            lengths = times.map { rate * $0 }
            solution = Solution(rate: rate, responseTime: total)
        }
        return solution
    }

    /// The rate at which the first station is always busy. No number of sessions exceeds it.
    var limit: Double { stations.map { Double($0.servers) / $0.demand }.min() ?? .infinity }
}
