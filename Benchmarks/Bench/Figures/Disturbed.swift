/// The p99 of ENCRYPT of a short message through the proxy while another load keeps the servers busy, over the same
/// without that load.
struct Disturbed: Figure {
    enum By {
        /// As many log-ins as keep all of the hasher's threads busy.
        case logIns
        /// A session that sends one message of 16 MiB after another.
        case stream
    }

    private static let sessions = 20
    private static let disturbingSessions = 8

    let number: Int
    let by: By
    let most: Double

    var title: String {
        "p99 of ENCRYPT of 64 B, \(Self.sessions) sessions, beside \(by == .logIns ? "log-ins" : "a stream of 16 MiB")"
    }
    let peer = "undisturbed"
    let unit = Unit.milliseconds
    var goal: Goal { .ratioAtMost(most) }

    func measure(_ conditions: Conditions) throws -> Measurement {
        // The hasher uses all processors, so the other threads may use them too.
        let site = try Site(
            conditions, Site.Options(passwordCost: by == .logIns ? Scrypt.cost : "2,1,1", isPinned: false))
        defer { site.end() }
        try site.signUp(Self.disturbingSessions)
        let load = try self.load(conditions, site)
        return try conditions.interleave(rounds: min(conditions.rounds, 3)) {
            try p99(of: load, beside: disturbance(site))
        } theirs: {
            Double(try load.run().p99)
        }
    }

    private func p99(of load: Load, beside disturbance: Load) throws -> Double {
        let stop = StopFlag()
        // The disturbing load may use all processors. Otherwise it would share the one processor of the measuring
        // load.
        let worker = Worker { try Processors.using(nil) { Result { try disturbance.run(until: stop) } }.get() }
        let result = Result { try load.run() }
        stop.set()
        guard try worker.join().replies > 0 else { throw LoadError("nothing disturbed") }
        return Double(try result.get().p99)
    }

    /// Returns the measuring load. Its sessions log in by a token, because a log-in by password would have to wait
    /// for the hasher.
    private func load(_ conditions: Conditions, _ site: Site) throws -> Load {
        var load = conditions.load(
            site.proxy.port, connections: Self.sessions, inFlight: 1,
            request: Script.line("ENCRYPT \(String(repeating: "m", count: 64))"))
        // A hash takes a good part of a second, and some hashes should be finished before the measured span.
        load.warmUp = conditions.seconds
        load.seconds = 3 * conditions.seconds
        let token = try site.token(of: "user0")
        load.preamble = { _ in [.greeting, Exchange("LOGIN TOKEN=\(token)", "235 ")] }
        return load
    }

    /// Returns the disturbing load, which runs until it is stopped.
    private func disturbance(_ site: Site) -> Load {
        switch by {
        case .logIns:
            return Self.endless(site, connections: Self.disturbingSessions, expected: "235 ") { number in
                Script.line("LOGIN user\(number) \(Site.password)")
            }
        case .stream:
            let message = [UInt8](repeating: 0x6D, count: 16 << 20)
            var load = Self.endless(site, connections: 1, expected: "250 ") { _ in
                Script.line("ENCRYPT", literal: message)
            }
            load.preamble = Site.logIn(of: 1)
            load.shape = .literal
            return load
        }
    }

    private static func endless(
        _ site: Site, connections: Int, expected: String, request: @escaping @Sendable (Int) -> [UInt8]
    ) -> Load {
        var load = Load(Target(port: site.proxy.port), connections: connections, pace: .closed(inFlight: 1)) {
            Script(repeating: request($0), inFlight: 1)
        }
        load.expected = expected
        load.warmUp = 0
        load.seconds = 3600
        return load
    }
}
