/// EHLO (RFC 5321, 4.1.1.1): a capability a line, in upper case.
enum Ehlo: SessionCommand {
    static let spec = CommandSpec(
        session: "EHLO", [ParameterSpec("client", type: .message, isRequired: false)],
        summary: "Greet, and list what the server can do",
        help: """
            The reply has the server's name and a capability on each line; STARTTLS and AUTH stand there where they can \
            be given. SIZE is the largest text, LITERAL+ the largest literal and LINE the longest request line, in \
            octets. No command needs a greeting first.
            """)

    static func variant(of request: Request, _ context: SessionContext) -> AnswerVariant? { .privacy(context.privacy) }

    static func answer(_ request: Request, _ context: SessionContext) -> Answer {
        let limits = context.limits
        var lines = [context.host]
        if context.offersTLS, context.privacy != .tls { lines.append("STARTTLS") }
        if context.privacy != .clear, context.manifest["LOGIN"] != nil { lines.append("AUTH PLAIN LOGIN") }
        lines += [
            "PIPELINING", "ENHANCEDSTATUSCODES", "8BITMIME", "SIZE \(limits.text)", "LITERAL+ \(limits.literal)",
            "LINE \(limits.line)", "HELP",
        ]
        return Answer(Reply(250, nil, lines))
    }
}
