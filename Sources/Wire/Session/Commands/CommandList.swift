/// COMMANDS lists the manifest for programs.
struct CommandList: SessionCommand {
    static let spec = CommandSpec(
        "COMMANDS", access: .anyone, isRepeatable: true,
        summary: "List the commands for programs",
        help: """
            Each line has a command: its verb, then ARGS, ACCESS, OPEN, REPEATABLE, RESULT, PLUGIN, SUMMARY and HELP as \
            KEY="value". With this list a shell or a script can complete, check and explain commands.
            """)

    func variant(of call: SessionCall) -> AnswerVariant? { .only }

    func answer(_ call: SessionCall) throws -> Answer {
        Answer(.done(call.specs.map(\.declaration)))
    }
}
