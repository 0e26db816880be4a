/// NOOP (RFC 5321, section 4.1.1.9) does nothing, and ignores its argument.
struct Noop: SessionCommand {
    private static let text = Parameter.message("text")

    static let spec = CommandSpec(
        "NOOP", [text.optional], access: .anyone, isRepeatable: true,
        summary: "Do nothing", help: "The reply shows that the session still works.")

    private static let done = Answer(Reply.done("OK"))
    var constant: Answer? { Self.done }

    func answer(_ call: SessionCall) throws -> Answer { Self.done }
}
