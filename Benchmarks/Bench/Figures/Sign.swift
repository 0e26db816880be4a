/// SIGN of a short message, directly to a server, over the rate at which one core signs.
struct SignOverOpenSSL: Figure {
    let number = 10
    let title = "SIGN of 64 B, 50 connections, 8 in flight"
    let peer = "openssl speed ed25519"
    let unit = Unit.perSecond
    let goal = Goal.ratioAtLeast(1.5)

    func measure(_ conditions: Conditions) throws -> Measurement {
        let server = try OneServer(conditions)
        defer { server.end() }
        var load = conditions.load(
            server.port, connections: 50, inFlight: 8,
            request: Script.line("SIGN \(String(repeating: "m", count: 64))"))
        load.preamble = Site.logIn(of: 1)
        return try conditions.interleave { [load] in
            try load.run().rate
        } theirs: {
            try OpenSSLSpeed.ed25519()
        }
    }
}
