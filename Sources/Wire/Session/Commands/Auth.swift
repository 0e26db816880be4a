import NIOCore

/// AUTH (RFC 4954): LOGIN in the way of SMTP's libraries. The session asks for what it needs, and gives LOGIN.
enum Auth: SessionCommand {
    private static let mechanism = ParameterSpec(
        "mechanism", type: .word, isRequired: true, values: ["PLAIN", "LOGIN"])
    private static let initial = ParameterSpec("initial-response", type: .secret, isRequired: false)

    static let spec = CommandSpec(
        session: "AUTH", [mechanism, initial],
        summary: "Log in as SMTP's libraries do",
        help: """
            The mechanisms are PLAIN (RFC 4616) and LOGIN. What the client says is in base64; = stands for an empty \
            initial response, and * cancels. It logs in exactly as LOGIN does.
            """)

    static func exchange(_ request: Request) throws(Failure) -> AuthExchange? {
        guard let word = request[mechanism.label] else { return nil }
        guard let mechanism = AuthExchange.Mechanism(rawValue: String(buffer: word).uppercased()) else {
            throw .unknownMechanism
        }
        return AuthExchange(mechanism, initial: request[initial.label])
    }

    /// A session exchanges instead. Nobody can be asked through a link, where no mechanism is known therefore.
    static func answer(_ request: Request, _ context: SessionContext) -> Answer { Answer(.unknownMechanism) }
}
