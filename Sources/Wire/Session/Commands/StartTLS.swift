/// STARTTLS (RFC 3207) encrypts the connection.
struct StartTLS: SessionCommand {
    static let spec = CommandSpec(
        "STARTTLS", access: .anyone, isRepeatable: true, failures: [.noTLS, .tlsIsOn],
        summary: "Encrypt the connection",
        help: """
            TLS begins after the reply, and the session is logged out. The client must wait for the reply before it \
            sends anything else; otherwise the session ends.
            """)

    func answer(_ call: SessionCall) throws -> Answer {
        if call.privacy == .tls { throw Failure.tlsIsOn }
        guard call.offersTLS else { throw Failure.noTLS }
        return Answer(Reply(220, "2.0.0", "Begin TLS"), effect: .startTLS)
    }
}
