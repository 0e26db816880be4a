/// The cheapest request of a server: NOOP, over PING of Redis, which also takes it as a line.
struct NoopOverRedis: Figure {
    private static let connections = 50

    let number: Int
    let inFlight: Int
    let least: Double

    var title: String { "NOOP, \(Self.connections) connections, \(inFlight) in flight" }
    var peer: String { "Redis PING" }
    var unit: Unit { .perSecond }
    var goal: Goal { .ratioAtLeast(least) }

    func measure(_ conditions: Conditions) throws -> Measurement {
        let site = try Site(conditions)
        defer { site.end() }
        let redis = try Redis(conditions)
        defer { redis.end() }
        let ours = load(conditions, site.keys.port, "NOOP")
        var theirs = load(conditions, redis.port, "PING")
        theirs.preamble = { _ in [] }
        theirs.expected = "+PONG"
        return try conditions.interleave {
            try ours.run().rate
        } theirs: { [theirs] in
            try theirs.run().rate
        }
    }

    private func load(_ conditions: Conditions, _ port: UInt16, _ line: String) -> Load {
        conditions.load(
            port, connections: Self.connections, inFlight: inFlight, request: Script.line(line))
    }
}
