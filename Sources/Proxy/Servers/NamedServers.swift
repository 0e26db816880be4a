import Link

/// The servers that a name stands for, over several answers of the resolver: one that has come is there at once; one
/// that has gone stays until so many answers in a row were without it, since a resolver may give some of the addresses at a
/// time, others the next time.
struct NamedServers: Sendable {
    static let answersWithout = 3

    /// Those of the last answer first.
    private(set) var servers: [Endpoint] = []
    /// How many answers there were without one, in a row.
    private var missing: [Endpoint: Int] = [:]

    mutating func take(_ answer: [Endpoint]) {
        for server in servers where !answer.contains(server) { missing[server, default: 0] += 1 }
        for server in answer { missing[server] = nil }
        let staying = servers.filter { !answer.contains($0) && missing[$0, default: 0] < Self.answersWithout }
        servers = answer + staying
        missing = missing.filter { staying.contains($0.key) }
    }
}
