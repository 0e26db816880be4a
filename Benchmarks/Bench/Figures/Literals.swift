/// The rate of ENCRYPT or DECRYPT with literals on one connection, pipelined, directly to a server.
struct Literals: Figure {
    enum Verb: String {
        case encrypt = "ENCRYPT"
        case decrypt = "DECRYPT"
    }

    /// The peer with which the figure is compared.
    enum Other: String {
        /// A program that only reads the bytes and writes them back.
        case echo = "C echo"
        /// The cipher alone, on one core.
        case cipher = "openssl speed aes-256-gcm"
    }

    let number = 9
    let verb: Verb
    let bytes: Int
    let other: Other
    let least: Double

    var title: String {
        "\(verb.rawValue) of \(bytes < 1 << 20 ? "\(bytes >> 10) KiB" : "\(bytes >> 20) MiB"), one connection, pipelined"
    }
    var peer: String { other.rawValue }
    let unit = Unit.bytesPerSecond
    var goal: Goal { .ratioAtLeast(least) }

    private var inFlight: Int { bytes < 1 << 20 ? 16 : 4 }
    private var message: [UInt8] { (0..<bytes).map { UInt8(truncatingIfNeeded: $0 &* 31) } }

    func measure(_ conditions: Conditions) throws -> Measurement {
        let server = try OneServer(conditions)
        defer { server.end() }
        let encrypt = Script.line("ENCRYPT", literal: message)
        let request =
            verb == .encrypt ? encrypt : Script.line("DECRYPT", literal: try server.literal(encrypt))
        var load = conditions.load(server.port, connections: 1, inFlight: inFlight, request: request)
        load.preamble = Site.logIn(of: 1)
        load.shape = .literal
        let ours = { [load] in try load.run().rate * Double(bytes) }
        switch other {
        case .cipher: return try conditions.interleave(ours: ours) { try OpenSSLSpeed.aes256GCM() }
        case .echo:
            let echo = try Echo(processor: conditions.serverProcessor)
            let measured = Result { try conditions.interleave(ours: ours) { try rate(of: echo, conditions) } }
            try echo.end()
            return try measured.get()
        }
    }

    /// Returns the bytes a second that come back. The request has the form of a reply, because the echo returns it as
    /// the reply.
    private func rate(of echo: Echo, _ conditions: Conditions) throws -> Double {
        let reply = Array("250 2.0.0 {\(bytes)}\r\n".utf8) + message + Array("\r\n".utf8)
        var load = conditions.load(echo.port, connections: 1, inFlight: inFlight, request: reply)
        load.preamble = { _ in [] }
        load.shape = .literal
        return try load.run().rate * Double(bytes)
    }
}
