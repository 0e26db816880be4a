/// What a session costs that does nothing: resident memory of the proxy over HAProxy's, for thousands of sessions that
/// have logged in and given one command. The servers' part is not in it, on either side.
struct IdleSessions: Figure {
    private static let wanted = 10_000
    /// Memory that was taken is not given back, so each round takes processes of its own.
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

    /// Returns the octets that one of `count` sessions adds to a process. They come from several addresses, of which each may have so many.
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
