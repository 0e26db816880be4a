import Synchronization

/// Sign-ups without a password, each on disk before its reply; over inserts into SQLite, one at a time.
struct SignUps: Figure {
    private static let sessions = 100
    private static let signUps = 20

    let number = 14
    let title = "SIGNUP with a key, durable, \(Self.sessions) sessions"
    let peer = "SQLite inserts, one at a time"
    let unit = Unit.perSecond
    let goal = Goal.ratioAtLeast(5)

    func measure(_ conditions: Conditions) throws -> Measurement {
        let site = try Site(conditions)
        defer { site.end() }
        let sqlite = try SQLite(conditions, count: 500)
        return try conditions.interleave {
            try Self.load(site.proxy.port, sessions: Self.sessions, signUps: Self.signUps).run().rate
        } theirs: {
            try sqlite.insertRate()
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
