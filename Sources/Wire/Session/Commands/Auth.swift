import NIOCore

/// AUTH (RFC 4954) is the way in which SMTP libraries log in. The session asks the client for the name and the
/// password, and then runs LOGIN.
struct Auth: SessionCommand {
    private static let mechanism = Parameter<AuthExchange.Mechanism>.choice("mechanism", or: .unknownMechanism)
    private static let initial = Parameter("initial-response", type: .secret) { (bytes) throws(Failure) in bytes }

    static let spec = CommandSpec(
        "AUTH", [mechanism.spec, initial.optional], access: .anyone, isRepeatable: true,
        failures: [.notBase64, .badPlain],
        summary: "Log in from an SMTP library",
        help: """
            The mechanisms are PLAIN (RFC 4616) and LOGIN. The client sends its responses in base64. = is an empty \
            initial response, and * cancels. The effect is that of the command LOGIN.
            """)

    func exchange(_ request: Request) throws(Failure) -> AuthExchange? {
        guard let mechanism = try request.optional(Self.mechanism) else { return nil }
        return AuthExchange(mechanism, initial: try request.optional(Self.initial))
    }

    /// A session runs the exchange instead of this function. It is reached only through a link, where the server
    /// cannot ask the client. No mechanism is known there.
    func answer(_ call: SessionCall) throws -> Answer { throw Failure.unknownMechanism }
}
