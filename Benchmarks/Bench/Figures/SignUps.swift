import Synchronization

/// Sign-ups without a password, each on disk before its reply: how many a second of the server's processor time is good for.
/// How many a second of the clock it makes is how fast the disk is.
struct SignUps: Figure {
    private static let sessions = 100
    private static let signUps = 50

    let number = 14
    let title = "SIGNUP with a key, durable, \(Self.sessions) sessions, a second of the server's processor time"
    let peer = "-"
    let unit = Unit.perSecond
    let goal = Goal.atLeast(15_000)

    func measure(_ conditions: Conditions) throws -> Measurement {
        let site = try Site(conditions)
        defer { site.end() }
        let server = Usage(of: site.keys.child)
        return try conditions.repeated {
            let load = try Self.load(site.proxy.port, sessions: Self.sessions, signUps: Self.signUps)
            let before = try server.processorSeconds()
            return Double(try load.run().replies) / (try server.processorSeconds() - before)
        }
    }

    /// So many sign-ups of each session and no more, all counted. An account is named after a number that comes but once.
    static func load(_ port: UInt16, sessions: Int, signUps: Int) throws -> Load {
        let keys = try PublicKeys.make(sessions * signUps)
        var load = Load(Target(port: port), connections: sessions, pace: .closed(inFlight: 1)) { number in
            let own = keys[(number * signUps)..<((number + 1) * signUps)]
            return Script(
                own.map { key in
                    let account = accounts.add(1, ordering: .relaxed).newValue
                    return Script.line("SIGNUP KEY=\"\(key)\" machine\(account)")
                }, isCyclic: false)
        }
        load.warmUp = 0
        load.seconds = 120
        return load
    }

    private static let accounts = Atomic(0)
}
