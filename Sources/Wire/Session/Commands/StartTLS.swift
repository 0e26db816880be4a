/// STARTTLS (RFC 3207) encrypts the connection.
struct StartTLS: SessionCommand {
    static let spec = CommandSpec(
        "STARTTLS", access: .anyone, isRepeatable: true, failures: [.noTLS, .tlsIsOn],
        summary: "Encrypt the connection",
        help: """
            TLS begins behind the reply. Whoever was logged in no longer is. A client sends nothing behind the \
            command before it has the reply: what it sent would end the session.
            """)

    func answer(_ call: SessionCall) throws -> Answer {
        if call.privacy == .tls { throw Failure.tlsIsOn }
        guard call.offersTLS else { throw Failure.noTLS }
        return Answer(Reply(220, "2.0.0", "Begin TLS"), effect: .startTLS)
    }
}
