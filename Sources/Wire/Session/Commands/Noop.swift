/// NOOP (RFC 5321, 4.1.1.9): its argument is passed over.
struct Noop: SessionCommand {
    private static let text = Parameter.message("text")

    static let spec = CommandSpec(
        "NOOP", [text.optional], access: .anyone, isRepeatable: true,
        summary: "Do nothing", help: "The reply says that the session is alive.")

    private static let done = Answer(Reply.done("OK"))
    var constant: Answer? { Self.done }

    func answer(_ call: SessionCall) throws -> Answer { Self.done }
}
