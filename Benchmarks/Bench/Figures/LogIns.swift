import Glibc

/// Log-ins of distinct accounts at the default cost, through the proxy, over as many hashes alone on as many threads.
struct LogIns: Figure {
    private static let sessions = 8
    private static let logIns = 4

    let number = 11
    let title = "LOGIN, \(Self.sessions) sessions and accounts, default cost"
    let peer = "scrypt alone"
    let unit = Unit.perSecond
    let goal = Goal.ratioAtLeast(0.9)

    func measure(_ conditions: Conditions) throws -> Measurement {
        let site = try Site(conditions, Site.Options(passwordCost: Scrypt.cost, isPinned: false))
        defer { site.end() }
        try site.signUp(Self.sessions)
        let load = Self.load(site.proxy.port)
        return try conditions.interleave(rounds: min(conditions.rounds, 3)) {
            try load.run().rate
        } theirs: {
            try Scrypt.rate(hashes: Self.sessions * Self.logIns, threads: sysconf(Int32(_SC_NPROCESSORS_ONLN)))
        }
    }

    /// Returns a load of a fixed number of log-ins, all of which are counted, because only a few fit into a second.
    private static func load(_ port: UInt16) -> Load {
        var load = Load(Target(port: port), connections: sessions, pace: .closed(inFlight: 1)) { number in
            let logIn = Script.line("LOGIN user\(number) \(Site.password)")
            return Script(Array(repeating: logIn, count: logIns), isCyclic: false)
        }
        load.expected = "235 "
        load.warmUp = 0
        load.seconds = 120
        return load
    }
}
