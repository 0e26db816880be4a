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

    private struct Attempt {
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
    private var attempts: [Attempt] = []
    private var nextStart = ContinuousClock.now
    private var reasons: [String] = []

    /// Blocks until there is a connection, which the caller has to finish.
    /// - Throws: `.lost`, with the failure of each host.
    static func connect(_ address: PostgresAddress) throws(PostgresFailure) -> OpaquePointer {
        var race = PostgresRace(address)
        defer { for attempt in race.attempts { libpq.PQfinish(attempt.handle) } }
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
        while let parameters = waiting.first, attempts.isEmpty || nextStart <= .now {
            waiting.removeFirst()
            nextStart = .now + Self.headStart
            begin(parameters)
        }
        if attempts.isEmpty { throw .lost(reasons.joined(separator: "; ")) }
    }

    private mutating func begin(_ parameters: [String: String]) {
        let parameters = Array(parameters)
        let keywords = parameters.map { strdup($0.key) } + [nil]
        let values = parameters.map { strdup($0.value) } + [nil]
        defer { for word in keywords + values { free(word) } }
        let handle = libpq.PQconnectStartParams(keywords.map { UnsafePointer($0) }, values.map { UnsafePointer($0) }, 0)
        guard let handle else { return reasons.append("out of memory") }
        let host = parameters.first { $0.key == "host" }?.value ?? "the server"
        let attempt = Attempt(handle: handle, host: host, deadline: .now + timeout)
        if libpq.PQstatus(handle) == CONNECTION_BAD { lost(attempt) } else { attempts.append(attempt) }
    }

    /// Waits until an attempt can go on or has waited for too long, or until the next host may start.
    private mutating func turn() -> OpaquePointer? {
        var polls = attempts.map(\.poll)
        let next = (attempts.map(\.deadline) + (waiting.isEmpty ? [] : [nextStart])).min()!
        let remaining = max((next - .now) / .milliseconds(1), 0)
        let count = poll(&polls, nfds_t(polls.count), Int32(remaining.rounded(.up)))
        for (index, attempt) in attempts.enumerated().reversed() {
            if count > 0, polls[index].revents != 0 {
                attempts[index].awaits = libpq.PQconnectPoll(attempt.handle)
                switch attempts[index].awaits {
                case PGRES_POLLING_OK: return attempts.remove(at: index).handle
                case PGRES_POLLING_FAILED: lost(attempts.remove(at: index))
                default: break
                }
            } else if attempt.deadline <= .now {
                reasons.append("connection to server at \"\(attempt.host)\" failed: timeout expired")
                libpq.PQfinish(attempts.remove(at: index).handle)
            }
        }
        return nil
    }

    private mutating func lost(_ attempt: Attempt) {
        reasons.append(String(oneLineOf: libpq.PQerrorMessage(attempt.handle)))
        libpq.PQfinish(attempt.handle)
    }
}
