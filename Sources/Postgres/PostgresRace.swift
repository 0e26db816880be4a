import CPostgres
import Glibc
import Store

/// The way to a connection with the first of several hosts that gives one that can be used.
///
/// libpq takes one host after the other: one that is silent keeps it for all of `connect_timeout`, and one that takes the
/// connection and then ends it, as a relay does whose server is gone, keeps it from the others. Here each host that has
/// not answered in a moment gets company, and whatever becomes of one of them, the others go on.
struct PostgresRace {
    /// How long a host is waited for alone.
    private static let headStart = Duration.milliseconds(200)

    private struct Runner {
        let handle: OpaquePointer
        let host: String
        let deadline: ContinuousClock.Instant
        /// What libpq waits for.
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

    /// Blocks until there is one. The caller has to finish it.
    /// - Throws: `.lost`, with what became of each host.
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

    /// Lets the next one begin, if it is time for that.
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

    /// Waits until one of them can go on, has waited for too long, or the next may begin.
    private mutating func turn() -> OpaquePointer? {
        var polls = runners.map(\.poll)
        let next = (runners.map(\.deadline) + (waiting.isEmpty ? [] : [nextStart])).min()!
        let remaining = max((next - .now) / .milliseconds(1), 0)
        let count = poll(&polls, nfds_t(polls.count), Int32(remaining.rounded(.up)))
        for (place, runner) in runners.enumerated().reversed() {
            if count > 0, polls[place].revents != 0 {
                runners[place].awaits = libpq.PQconnectPoll(runner.handle)
                switch runners[place].awaits {
                case PGRES_POLLING_OK: return runners.remove(at: place).handle
                case PGRES_POLLING_FAILED: lost(runners.remove(at: place))
                default: break
                }
            } else if runner.deadline <= .now {
                reasons.append("connection to server at \"\(runner.host)\" failed: timeout expired")
                libpq.PQfinish(runners.remove(at: place).handle)
            }
        }
        return nil
    }

    private mutating func lost(_ runner: Runner) {
        reasons.append(String(oneLineOf: libpq.PQerrorMessage(runner.handle)))
        libpq.PQfinish(runner.handle)
    }
}
