import Input
import Link

/// The decision whether to trust a server. It depends on a certificate authority, a fingerprint from the user, or, as
/// in SSH, the certificate at the first connection.
struct ServerTrust {
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

    /// Returns the certificates to trust, as far as they are known before the connection.
    func tlsTrust() throws(ExitError) -> TLSTrust {
        let pinned = destination.fingerprint.map { [$0] } ?? entries.map(\.fingerprint)
        if destination.ca == nil, !pinned.isEmpty { return try Self.tlsTrust(for: destination, pinned) }
        if destination.ca == nil { try known.requireReadable() }
        do throws(TLSFault) {
            return try TLSTrust(host: destination.hostOrDefault, authority: destination.ca)
        } catch {
            throw ExitError(message: TerminalText.escaped("\(error)"), status: .usage)
        }
    }

    /// Asks the user whether to trust a certificate that the check has refused, and pins it if so.
    ///
    /// - Throws: an `ExitError` that states the reason, if the user does not trust the server or cannot be asked.
    func confirm(_ certificate: [UInt8]?, _ failure: ConnectionFailure) throws(ExitError) -> TLSTrust {
        guard let certificate, destination.ca == nil else { throw exitError("\(endpoint): \(failure)") }
        let fingerprint = Fingerprint(of: certificate)
        if let expected = destination.fingerprint {
            let comparison = Self.comparison(expected, fingerprint)
            throw exitError("\(endpoint): the certificate is not the one that was asked for\n\(comparison)")
        }
        if let entry = entries.last { throw certificateChanged(entry, fingerprint) }
        guard Terminal.isStandardInput, Terminal.isStandardError else {
            throw exitError(
                """
                \(endpoint): \(failure), and without a terminal you cannot be asked whether to trust it. Its \
                certificate has the fingerprint \(fingerprint); if that is right, give it with --fingerprint
                """)
        }
        try askUser(fingerprint)
        if !known.add(endpoint, fingerprint) {
            Output.reportError("\(known.path ?? "known-servers") cannot be written, so you will be asked again")
        }
        return try Self.tlsTrust(for: destination, [fingerprint])
    }

    private func askUser(_ fingerprint: Fingerprint) throws(ExitError) {
        Output.writeMessage(
            TerminalText.escaped(
                """
                No authority that this machine knows vouches for \(endpoint). The fingerprint of its certificate is
                """.replacing("\n", with: " ")))
        Output.writeMessage(
            """
              \(fingerprint.lines)
            The operator of the server can compare it: openssl x509 -noout -fingerprint -sha256 -in tls/server.crt
            """)
        while true {
            let answer = SecretPrompt.answer(to: "Is this the server that you mean (yes, no, or the fingerprint)? ")
            switch answer.map({ String($0[...].trimmingBlanks).lowercased() }) {
            case "yes": return
            case let text? where Fingerprint(text) == fingerprint: return
            case nil, "no": throw exitError("\(endpoint): not connected")
            case let text? where Fingerprint(text) != nil:
                throw exitError("\(endpoint): the fingerprint is another one; not connected")
            case _: Output.writeMessage("Please type yes, no, or the fingerprint.")
            }
        }
    }

    private func certificateChanged(_ entry: KnownServers.Entry, _ fingerprint: Fingerprint) -> ExitError {
        exitError(
            """
            \(endpoint): THE CERTIFICATE HAS CHANGED since you first met this server
            \(Self.comparison(entry.fingerprint, fingerprint))
            Somebody may be listening in, or its operator has renewed it: ask. If it is right, remove line \
            \(entry.line) of \(known.path ?? "known-servers")
            """)
    }

    private static func comparison(_ expected: Fingerprint, _ shown: Fingerprint) -> String {
        "  expected \(expected)\n  it shows \(shown)"
    }

    static func tlsTrust(for destination: Destination, _ pinned: [Fingerprint]) throws(ExitError) -> TLSTrust {
        try tlsTrust(for: destination) { pinned.contains(Fingerprint(of: $0)) }
    }

    /// Returns the trust in certificates that `accepting` accepts.
    static func tlsTrust(
        for destination: Destination, _ accepting: @escaping @Sendable ([UInt8]) -> Bool
    ) throws(ExitError) -> TLSTrust {
        do throws(TLSFault) {
            return try TLSTrust(host: destination.hostOrDefault, accepting: accepting)
        } catch {
            throw ExitError(message: "\(error)", status: .unavailable)
        }
    }

    private func exitError(_ message: String) -> ExitError { ExitError(message: message, status: .unavailable) }
}
