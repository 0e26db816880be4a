/// HELO (RFC 5321, 4.1.1.1): one line.
enum Helo: SessionCommand {
    static let spec = CommandSpec(
        session: "HELO", [ParameterSpec("client", type: .message, isRequired: false)],
        summary: "Greet, in SMTP's oldest way", help: "The reply is one line, the server's name.")

    static func answer(_ request: Request, _ context: SessionContext) -> Answer {
        Answer(Reply(250, nil, context.host))
    }
}
