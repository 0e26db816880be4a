/// The memory of an idle session: resident memory of the proxy over HAProxy's, for thousands of sessions that have
/// logged in and issued one command. The servers' memory is left out on both sides.
struct IdleSessions: Figure {
    private static let wanted = 10_000
    /// The number of rounds. A process does not give memory back to the system, so each round starts new processes.
    private static let rounds = 2

    let number = 15
    let title = "resident memory of an idle session, 10,000 of them"
    let peer = "HAProxy"
    let unit = Unit.bytes
    let goal = Goal.ratioAtMost(0.95)

    func measure(_ conditions: Conditions) throws -> Measurement {
        let count = min(Self.wanted, OpenFiles.sessionsThroughAProxy)
        var measurement = try conditions.interleave(rounds: min(conditions.rounds, Self.rounds)) {
            try withDoors(conditions) { try bytes($0.target(.proxy), $0.site.proxy.child, count) }
        } theirs: {
            try withDoors(conditions) { try bytes($0.target(.haproxy), $0.haproxy.child, count) }
        }
        if count < Self.wanted {
            measurement.note = "\(Numbers.grouped(Double(count))) sessions: no more files may be open"
        }
        return measurement
    }

    private func withDoors(_ conditions: Conditions, _ body: (Doors) throws -> Double) throws -> Double {
        let doors = try Doors(conditions)
        defer { doors.end() }
        return try body(doors)
    }

    /// Returns the bytes that one of `count` sessions adds to a process. The sessions come from several addresses,
    /// because the sessions of one address are limited.
    private func bytes(_ target: Target, _ child: Child, _ count: Int) throws -> Double {
        var sessions: [Dialogue] = []
        defer { for session in sessions { session.close() } }
        let before = try Usage(of: child).residentBytes()
        for number in 0..<count {
            var target = target
            target.source = HAProxy.sources[number % HAProxy.sources.count]
            let session = try Dialogue(target)
            sessions.append(session)
            try session.run(Site.logIn(of: 1)(number))
            try session.run(Exchange("WHOAMI", "250 "))
        }
        return (try Usage(of: child).residentBytes() - before) / Double(count)
    }
}
