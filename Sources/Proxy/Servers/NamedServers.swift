import Link

/// The servers that a name resolves to, over several answers of the resolver.
///
/// A new address is taken at once. An address that is missing stays until `answersWithout` answers in a row lack it,
/// because a resolver may give some of the addresses at one time and others at the next.
///
/// The number of servers is limited, because each costs links. Those that are known stay before new ones are taken.
struct NamedServers: Sendable {
    static let answersWithout = 3
    /// The most servers of one name.
    static let most = 256

    /// The servers. Those of the last answer come first.
    private(set) var servers: [Endpoint] = []
    /// The number of answers in a row that lacked a server.
    private var missing: [Endpoint: Int] = [:]

    mutating func take(_ answer: [Endpoint]) {
        for server in servers where !answer.contains(server) { missing[server, default: 0] += 1 }
        for server in answer { missing[server] = nil }
        let staying = servers.filter { !answer.contains($0) && missing[$0, default: 0] < Self.answersWithout }
        let all = answer + staying
        if all.count > Self.most {
            let known = Set(servers)
            servers = Array((all.filter(known.contains) + all.filter { !known.contains($0) }).prefix(Self.most))
        } else {
            servers = all
        }
        missing = missing.filter { servers.contains($0.key) }
    }
}
