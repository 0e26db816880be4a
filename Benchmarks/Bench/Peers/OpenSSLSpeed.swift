/// The rates of `openssl speed`: those of one core with the library that Clavero uses, and no other work.
enum OpenSSLSpeed {
    /// Returns the bytes a second of AES-256-GCM with messages of 16 KiB.
    static func aes256GCM() throws -> Double {
        try rate(["-bytes", "16384", "-evp", "aes-256-gcm"], in: bytesPerSecond)
    }

    /// Returns the Ed25519 signatures a second.
    static func ed25519() throws -> Double {
        try rate(["ed25519"], in: signaturesPerSecond)
    }

    /// Returns the rate of a cipher in the output of `openssl speed -mr`: `+F:25:AES-256-GCM:4252404184.62`.
    static func bytesPerSecond(in output: String) -> Double? { last(1, of: "+F:", in: output) }

    /// Returns the rate of signing, which comes before that of verifying:
    /// `+F6:0:253:Ed25519:24085.714286:8875.000000`.
    static func signaturesPerSecond(in output: String) -> Double? { last(2, of: "+F6:", in: output) }

    private static func last(_ count: Int, of mark: String, in output: String) -> Double? {
        let line = output.split(separator: "\n").last { $0.hasPrefix(mark) }
        return line?.split(separator: ":").suffix(count).first.flatMap { Double($0) }
    }

    private static func rate(
        _ arguments: [String], in parse: (String) -> Double?
    ) throws -> Double {
        guard let program = Tool.find("openssl") else { throw MissingPeer(name: "openssl") }
        let result = try Tool.run(program, ["speed", "-mr", "-seconds", "1"] + arguments)
        guard result.status == 0, let rate = parse(result.output) else {
            throw LoadError("openssl speed: \(result.firstLine)")
        }
        return rate
    }
}
