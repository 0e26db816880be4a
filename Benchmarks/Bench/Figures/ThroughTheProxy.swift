/// The cheapest command that a server answers, for a logged-in client, through the proxy. The peer is HAProxy in TCP
/// mode before the same server, or that server without a proxy.
struct ThroughTheProxy: Figure {
    enum Other: String {
        case haproxy = "HAProxy"
        case direct = "direct"
    }

    let number: Int
    let sessions: Int
    let inFlight: Int
    let other: Other
    let least: Double
    var isEncrypted = false

    var title: String {
        "WHOAMI by the proxy\(isEncrypted ? ", TLS" : ""), \(sessions) sessions, \(inFlight) in flight"
    }
    var peer: String { other.rawValue }
    var unit: Unit { .perSecond }
    var goal: Goal { .ratioAtLeast(least) }

    func measure(_ conditions: Conditions) throws -> Measurement {
        let doors = try Doors(conditions, isEncrypted: isEncrypted)
        defer { doors.end() }
        let ours = doors.load(conditions, .proxy, sessions: sessions, inFlight: inFlight)
        let theirs = doors.load(
            conditions, other == .haproxy ? .haproxy : .direct, sessions: sessions, inFlight: inFlight)
        return try conditions.interleave {
            try ours.run().rate
        } theirs: {
            try theirs.run().rate
        }
    }
}

/// The latency of a request through a proxy, for a single session.
struct LatencyOfOne: Figure {
    let number = 6
    let title = "WHOAMI by the proxy, one session, 1 in flight, median"
    let peer = "HAProxy"
    let unit = Unit.microseconds
    let goal = Goal.ratioAtMost(1.05)

    func measure(_ conditions: Conditions) throws -> Measurement {
        let doors = try Doors(conditions)
        defer { doors.end() }
        let ours = doors.load(conditions, .proxy, sessions: 1, inFlight: 1)
        let theirs = doors.load(conditions, .haproxy, sessions: 1, inFlight: 1)
        return try conditions.interleave {
            Double(try ours.run().p50)
        } theirs: {
            Double(try theirs.run().p50)
        }
    }
}

/// The three ways to one auth server.
struct Doors {
    enum Way {
        case proxy, haproxy, direct
    }

    let site: Site
    let haproxy: HAProxy
    private let tls: TLSClient?

    init(_ conditions: Conditions, isEncrypted: Bool = false) throws {
        site = try Site(conditions, Site.Options(proxy: Site.manySessions))
        try site.signUp(1)
        let certificate = isEncrypted ? try site.certificateAndKey(conditions) : nil
        haproxy = try HAProxy(conditions, server: site.auth.port, certificate: certificate)
        tls = isEncrypted ? try TLSClient() : nil
    }

    func end() {
        haproxy.end()
        site.end()
    }

    func target(_ way: Way) -> Target {
        switch way {
        case .proxy: Target(port: tls == nil ? site.proxy.port : site.tlsPort, tls: tls)
        case .haproxy: Target(port: haproxy.port, tls: tls)
        case .direct: Target(port: site.auth.port)
        }
    }

    func load(_ conditions: Conditions, _ way: Way, sessions: Int, inFlight: Int) -> Load {
        var load = conditions.load(
            0, connections: sessions, inFlight: inFlight, request: Script.line("WHOAMI"))
        load.target = target(way)
        load.expected = "250 2.0.0 user0"
        load.preamble = Site.logIn(of: 1)
        return load
    }
}
