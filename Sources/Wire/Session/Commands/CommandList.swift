/// COMMANDS: the manifest, for programs.
enum CommandList: SessionCommand {
    static let spec = CommandSpec(
        session: "COMMANDS", summary: "List the commands for programs",
        help: """
            A command on each line: its verb, then ARGS, ACCESS, REPEATABLE, RESULT, PLUGIN, SUMMARY and HELP as \
            KEY="value". A shell or a script completes, checks and explains commands by it.
            """)

    static func variant(of request: Request, _ context: SessionContext) -> AnswerVariant? { .only }

    static func answer(_ request: Request, _ context: SessionContext) -> Answer {
        Answer(Reply(250, "2.0.0", context.specs.map(\.declaration)))
    }
}
