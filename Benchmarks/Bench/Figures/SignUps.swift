import Synchronization

/// Sign-ups without a password for each second of the server's processor time. Each is on disk before its reply. The
/// rate for each second of the clock would measure the disk.
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

    /// Returns a load in which each session makes `signUps` sign-ups, all of which are counted. Each account name has
    /// a number that is used only once.
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
