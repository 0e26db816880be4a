/// EHLO (RFC 5321, section 4.1.1.1) lists the capabilities, one on each line, in upper case.
struct Ehlo: SessionCommand {
    private static let client = Parameter.message("client")

    static let spec = CommandSpec(
        "EHLO", [client.optional], access: .anyone, isRepeatable: true,
        summary: "Greet, and list what the server can do",
        help: """
            The first line of the reply has the server's name, and each further line has a capability. STARTTLS and \
            AUTH are listed while they can be used. SIZE is the largest text, LITERAL+ the largest literal and LINE \
            the longest request line, in bytes. Other commands work without a greeting.
            """)

    func variant(of call: SessionCall) -> AnswerVariant? { .privacy(call.privacy) }

    func answer(_ call: SessionCall) throws -> Answer {
        let limits = call.limits
        var lines = [call.host]
        if call.offersTLS, call.privacy != .tls { lines.append("STARTTLS") }
        if call.privacy != .clear, call.manifest["LOGIN"] != nil { lines.append("AUTH PLAIN LOGIN") }
        lines += [
            "PIPELINING", "ENHANCEDSTATUSCODES", "8BITMIME", "SIZE \(limits.text)", "LITERAL+ \(limits.literal)",
            "LINE \(limits.line)", "HELP",
        ]
        return Answer(Reply(250, nil, lines))
    }
}
