/// ENCRYPT of a short message to recipients that the server has in memory, during sign-ups, over the same without
/// sign-ups.
struct KnownRecipients: Figure {
    private static let recipients = 200
    private static let sessions = 50
    private static let signUpSessions = 10
    private static let signUpRate = 100.0

    let number = 20
    let title = "ENCRYPT of 64 B to \(Self.recipients) recipients, beside 100 sign-ups a second"
    let peer = "no sign-ups"
    let unit = Unit.perSecond
    let goal = Goal.ratioAtLeast(0.8)

    func measure(_ conditions: Conditions) throws -> Measurement {
        let server = try OneServer(conditions)
        defer { server.end() }
        let names = (0..<Self.recipients).map { "known\($0)" }
        try Recipients.signUp(names, at: server.port)
        let load = Recipients.load(conditions, server.port, sessions: Self.sessions, inFlight: 2) { number in
            names[number...] + names[..<number]
        }
        return try conditions.interleave {
            try rate(of: load, besideSignUpsAt: server.port, seconds: load.warmUp + load.seconds)
        } theirs: {
            try load.run().rate
        }
    }

    private func rate(of load: Load, besideSignUpsAt port: UInt16, seconds: Double) throws -> Double {
        // The sign-ups would last for twice the time.
        let count = Int(2 * Self.signUpRate * seconds) / Self.signUpSessions + 1
        var signUps = try SignUps.load(port, sessions: Self.signUpSessions, signUps: count)
        signUps.pace = .open(rate: Self.signUpRate)
        let stop = StopFlag()
        let worker = Worker { [signUps] in try Processors.using(nil) { Result { try signUps.run(until: stop) } }.get() }
        let result = Result { try load.run() }
        stop.set()
        guard try worker.join().replies > 0 else { throw LoadError("nobody signed up") }
        return try result.get().rate
    }
}

/// ENCRYPT of a short message to random recipients, of which the server cannot keep all in memory, over the same to a
/// single one.
struct RandomRecipients: Figure {
    private static let recipients = 100_000
    private static let inFlight = 100

    let number = 21
    let title = "ENCRYPT of 64 B to random ones of 100,000 recipients, one session, \(Self.inFlight) in flight"
    let peer = "to one"
    let unit = Unit.perSecond
    let goal = Goal.ratioAtLeast(0.4)

    func measure(_ conditions: Conditions) throws -> Measurement {
        let server = try OneServer(conditions)
        defer { server.end() }
        let names = (0..<Self.recipients).map { "many\($0)" }
        try Recipients.signUp(names, at: server.port)
        let one = Recipients.load(conditions, server.port, sessions: 1, inFlight: Self.inFlight) { _ in names[..<1] }
        return try conditions.interleave {
            // Each round uses another order, because the server may still know the recipients of the last round.
            try Recipients.load(conditions, server.port, sessions: 1, inFlight: Self.inFlight) { _ in
                names.shuffled()[...]
            }.run().rate
        } theirs: {
            try one.run().rate
        }
    }
}

/// The accounts that receive messages, and the load that encrypts to them.
enum Recipients {
    private static let sessions = 50

    /// Signs all accounts up, with the same key for log-ins.
    ///
    /// - Throws: `LoadError` if not all of them signed up.
    static func signUp(_ names: [String], at port: UInt16) throws {
        let key = try PublicKeys.make(1)[0]
        let share = (names.count + sessions - 1) / sessions
        var load = Load(Target(port: port), connections: min(sessions, names.count), pace: .closed(inFlight: 8)) {
            let own = names[min($0 * share, names.count - 1)..<min(($0 + 1) * share, names.count)]
            return Script(own.map { Script.line("SIGNUP KEY=\"\(key)\" \($0)") }, isCyclic: false)
        }
        (load.warmUp, load.seconds) = (0, 600)
        guard try load.run().replies >= names.count else { throw LoadError("not all recipients signed up") }
    }

    /// Returns a load in which each session encrypts to its recipients, one after another.
    static func load(
        _ conditions: Conditions, _ port: UInt16, sessions: Int, inFlight: Int,
        to recipients: @escaping @Sendable (Int) -> ArraySlice<String>
    ) -> Load {
        let message = String(repeating: "m", count: 64)
        var load = Load(Target(port: port), connections: sessions, pace: .closed(inFlight: inFlight)) { number in
            Script(recipients(number).map { Script.line("ENCRYPT TO=\($0) \(message)") }, isCyclic: true)
        }
        load.preamble = Site.logIn(of: 1)
        (load.seconds, load.warmUp) = (conditions.seconds, conditions.seconds * 0.3)
        return load
    }
}
