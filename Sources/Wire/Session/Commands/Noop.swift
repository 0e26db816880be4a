/// NOOP (RFC 5321, 4.1.1.9): its argument is passed over.
enum Noop: SessionCommand {
    static let spec = CommandSpec(
        session: "NOOP", [ParameterSpec("text", type: .message, isRequired: false)],
        summary: "Do nothing", help: "The reply says that the session is alive.")

    private static let done = Answer(Reply.done("OK"))
    static var constant: Answer? { done }

    static func answer(_ request: Request, _ context: SessionContext) -> Answer { done }
}
