import Link

/// Whether a server is the one that is meant: by an authority, by a fingerprint that somebody gave, or, as with ssh, by the
/// certificate that it had when it was first met.
struct Belief {
    private let destination: Destination
    private let endpoint: Endpoint
    private let known: KnownServers
    private let entries: [KnownServers.Entry]

    init(_ destination: Destination, _ endpoint: Endpoint, _ known: KnownServers) {
        self.destination = destination
        self.endpoint = endpoint
        self.known = known
        entries = destination.ca == nil && destination.fingerprint == nil ? known.entries(of: endpoint) : []
    }

    /// By what the server is believed, as far as is known before it is met.
    func trust() throws(Stop) -> TLSTrust {
        let pinned = destination.fingerprint.map { [$0] } ?? entries.map(\.fingerprint)
        if destination.ca == nil, !pinned.isEmpty { return try Self.trust(of: destination, pinned) }
        if destination.ca == nil { try known.requireReadable() }
        do throws(TLSFault) {
            return try TLSTrust(host: destination.host ?? "", authority: destination.ca)
        } catch {
            throw Stop(message: Escaping.shown("\(error)"), status: .usage)
        }
    }

    /// Goes on with a server that was not believed, if a person says that it is the right one.
    ///
    /// - Throws: a `Stop` that explains, when nobody does.
    func introduce(_ certificate: [UInt8]?, _ failure: ConnectionFailure) throws(Stop) -> TLSTrust {
        guard let certificate, destination.ca == nil else { throw stop("\(endpoint): \(failure)") }
        let fingerprint = Fingerprint(of: certificate)
        if let expected = destination.fingerprint {
            let pair = Self.pair(expected, fingerprint)
            throw stop("\(endpoint): the certificate is not the one that was asked for\n\(pair)")
        }
        if let entry = entries.last { throw changed(entry, fingerprint) }
        guard Screen.isInput, Screen.isErrors else {
            throw stop(
                """
                \(endpoint): \(failure), and nobody is there to say whether it is the right one. Its certificate has \
                the fingerprint \(fingerprint); if that is right, give it with --fingerprint
                """)
        }
        try ask(fingerprint)
        if !known.add(endpoint, fingerprint) {
            Output.complain("\(known.path ?? "known-servers") cannot be written, so you will be asked again")
        }
        return try Self.trust(of: destination, [fingerprint])
    }

    private func ask(_ fingerprint: Fingerprint) throws(Stop) {
        Output.note(
            Escaping.shown(
                """
                No authority that this machine knows vouches for \(endpoint). The fingerprint of its certificate is
                """.replacing("\n", with: " ")))
        Output.note(
            """
              \(fingerprint.lines)
            Whoever runs the server can compare it: openssl x509 -noout -fingerprint -sha256 -in tls/server.crt
            """)
        while true {
            let answer = SecretPrompt.answer(to: "Is this the server that you mean (yes, no, or the fingerprint)? ")
            switch answer.map({ String($0[...].trimmingBlanks).lowercased() }) {
            case "yes": return
            case let text? where Fingerprint(text) == fingerprint: return
            case nil, "no": throw stop("\(endpoint): not connected")
            case let text? where Fingerprint(text) != nil:
                throw stop("\(endpoint): the fingerprint is another one; not connected")
            case _: Output.note("Please type yes, no, or the fingerprint.")
            }
        }
    }

    private func changed(_ entry: KnownServers.Entry, _ fingerprint: Fingerprint) -> Stop {
        stop(
            """
            \(endpoint): THE CERTIFICATE HAS CHANGED since you first met this server
            \(Self.pair(entry.fingerprint, fingerprint))
            Somebody may be listening in, or its operator has renewed it: ask. If it is right, remove line \
            \(entry.line) of \(known.path ?? "known-servers")
            """)
    }

    private static func pair(_ expected: Fingerprint, _ shown: Fingerprint) -> String {
        "  expected \(expected)\n  it shows \(shown)"
    }

    static func trust(of destination: Destination, _ pinned: [Fingerprint]) throws(Stop) -> TLSTrust {
        try trust(of: destination) { pinned.contains(Fingerprint(of: $0)) }
    }

    /// Believes whoever has a certificate that `accepting` accepts.
    static func trust(
        of destination: Destination, _ accepting: @escaping @Sendable ([UInt8]) -> Bool
    ) throws(Stop) -> TLSTrust {
        do throws(TLSFault) {
            return try TLSTrust(host: destination.host ?? "", accepting: accepting)
        } catch {
            throw Stop(message: "\(error)", status: .unavailable)
        }
    }

    private func stop(_ message: String) -> Stop { Stop(message: message, status: .unavailable) }
}
