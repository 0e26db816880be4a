/// STARTTLS (RFC 3207).
enum StartTLS: SessionCommand {
    static let spec = CommandSpec(
        session: "STARTTLS", summary: "Encrypt the connection",
        help: """
            TLS begins behind the reply. Whoever was logged in no longer is. A client sends nothing behind the \
            command before it has the reply: what it sent would end the session.
            """)

    static func answer(_ request: Request, _ context: SessionContext) -> Answer {
        if context.privacy == .tls { return Answer(.tlsIsOn) }
        guard context.offersTLS else { return Answer(.noTLS) }
        return Answer(Reply(220, "2.0.0", "Begin TLS"), effect: .startTLS)
    }
}
