import CPostgres
import Glibc
import Store

/// A race of several hosts for the first connection that can be used.
///
/// libpq would try one host after the other: a silent one would keep it for all of `connect_timeout`, and one that accepts
/// the connection and then ends it, as a relay does whose server is gone, would keep it from the others. Here, if a host
/// has not answered in a moment, the next one starts beside it, and whatever becomes of one of them, the others go on.
struct PostgresRace {
    /// The time that a host has before the next one starts.
    private static let headStart = Duration.milliseconds(200)

    private struct Runner {
        let handle: OpaquePointer
        let host: String
        let deadline: ContinuousClock.Instant
        /// The event that libpq waits for.
        var awaits = PGRES_POLLING_WRITING

        var poll: pollfd {
            let events = awaits == PGRES_POLLING_READING ? POLLIN : POLLOUT
            return pollfd(fd: libpq.PQsocket(handle), events: Int16(events), revents: 0)
        }
    }

    private var waiting: ArraySlice<[String: String]>
    private let timeout: Duration
    private var runners: [Runner] = []
    private var nextStart = ContinuousClock.now
    private var reasons: [String] = []

    /// Blocks until there is a connection, which the caller has to finish.
    /// - Throws: `.lost`, with the failure of each host.
    static func connect(_ address: PostgresAddress) throws(PostgresFailure) -> OpaquePointer {
        var race = PostgresRace(address)
        defer { for runner in race.runners { libpq.PQfinish(runner.handle) } }
        while true {
            try race.start()
            if let winner = race.turn() { return winner }
        }
    }

    private init(_ address: PostgresAddress) {
        waiting = address.hosts[...]
        timeout = address.connectTimeout
    }

    /// Starts the next host, if it is time for that.
    private mutating func start() throws(PostgresFailure) {
        while let parameters = waiting.first, runners.isEmpty || nextStart <= .now {
            waiting.removeFirst()
            nextStart = .now + Self.headStart
            begin(parameters)
        }
        if runners.isEmpty { throw .lost(reasons.joined(separator: "; ")) }
    }

    private mutating func begin(_ parameters: [String: String]) {
        let parameters = Array(parameters)
        let keywords = parameters.map { strdup($0.key) } + [nil]
        let values = parameters.map { strdup($0.value) } + [nil]
        defer { for word in keywords + values { free(word) } }
        let handle = libpq.PQconnectStartParams(keywords.map { UnsafePointer($0) }, values.map { UnsafePointer($0) }, 0)
        guard let handle else { return reasons.append("out of memory") }
        let host = parameters.first { $0.key == "host" }?.value ?? "the server"
        let runner = Runner(handle: handle, host: host, deadline: .now + timeout)
        if libpq.PQstatus(handle) == CONNECTION_BAD { lost(runner) } else { runners.append(runner) }
    }

    /// Waits until a runner can go on or has waited for too long, or until the next host may start.
    private mutating func turn() -> OpaquePointer? {
        var polls = runners.map(\.poll)
        let next = (runners.map(\.deadline) + (waiting.isEmpty ? [] : [nextStart])).min()!
        let remaining = max((next - .now) / .milliseconds(1), 0)
        let count = poll(&polls, nfds_t(polls.count), Int32(remaining.rounded(.up)))
        for (index, runner) in runners.enumerated().reversed() {
            if count > 0, polls[index].revents != 0 {
                runners[index].awaits = libpq.PQconnectPoll(runner.handle)
                switch runners[index].awaits {
                case PGRES_POLLING_OK: return runners.remove(at: index).handle
                case PGRES_POLLING_FAILED: lost(runners.remove(at: index))
                default: break
                }
            } else if runner.deadline <= .now {
                reasons.append("connection to server at \"\(runner.host)\" failed: timeout expired")
                libpq.PQfinish(runners.remove(at: index).handle)
            }
        }
        return nil
    }

    private mutating func lost(_ runner: Runner) {
        reasons.append(String(oneLineOf: libpq.PQerrorMessage(runner.handle)))
        libpq.PQfinish(runner.handle)
    }
}
