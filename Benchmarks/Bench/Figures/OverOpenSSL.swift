/// ENCRYPT or DECRYPT of literals on one connection, pipelined, direct to a server; over what one core does in the cipher.
struct LiteralsOverOpenSSL: Figure {
    enum Verb: String {
        case encrypt = "ENCRYPT"
        case decrypt = "DECRYPT"
    }

    let number = 9
    let verb: Verb
    let octets: Int

    var title: String {
        "\(verb.rawValue) of \(octets < 1 << 20 ? "\(octets >> 10) KiB" : "\(octets >> 20) MiB"), one connection, pipelined"
    }
    let peer = "openssl speed aes-256-gcm"
    let unit = Unit.bytesPerSecond
    let goal = Goal.ratioAtLeast(0.25)

    func measure(_ conditions: Conditions) throws -> Measurement {
        let server = try OneServer(conditions)
        defer { server.end() }
        let message = (0..<octets).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let encrypt = Script.line("ENCRYPT", literal: message)
        let request =
            verb == .encrypt ? encrypt : Script.line("DECRYPT", literal: try server.literal(encrypt))
        var load = conditions.load(
            server.port, connections: 1, inFlight: octets < 1 << 20 ? 16 : 4, request: request)
        load.preamble = Site.logIn(of: 1)
        load.shape = .literal
        return try conditions.interleave { [load] in
            try load.run().rate * Double(octets)
        } theirs: {
            try OpenSSLSpeed.aes256GCM()
        }
    }
}

/// SIGN of a short message, direct to a server; over what one core can sign.
struct SignOverOpenSSL: Figure {
    let number = 10
    let title = "SIGN of 64 B, 50 connections, 8 in flight"
    let peer = "openssl speed ed25519"
    let unit = Unit.perSecond
    let goal = Goal.ratioAtLeast(0.6)

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
