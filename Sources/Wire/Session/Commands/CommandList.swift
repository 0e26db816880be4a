/// COMMANDS lists the manifest for programs.
struct CommandList: SessionCommand {
    static let spec = CommandSpec(
        "COMMANDS", access: .anyone, isRepeatable: true,
        summary: "List the commands for programs",
        help: """
            A command on each line: its verb, then ARGS, ACCESS, REPEATABLE, RESULT, PLUGIN, SUMMARY and HELP as \
            KEY="value". Shells and scripts complete, check and explain commands with its help.
            """)

    func variant(of call: SessionCall) -> AnswerVariant? { .only }

    func answer(_ call: SessionCall) throws -> Answer {
        Answer(.done(call.specs.map(\.declaration)))
    }
}
