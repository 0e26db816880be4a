import NIOCore

/// HELP (RFC 5321, 4.1.1.8): for people.
enum Help: SessionCommand {
    static let spec = CommandSpec(
        session: "HELP", [ParameterSpec("verb", type: .word, isRequired: false)],
        summary: "List the commands, or explain one",
        help: "Without an argument it lists the commands, a line each; with a verb it explains that command.")

    static let unknown = Failure(504, "5.5.4", "No such command; HELP alone lists them")
    private static let width = 72

    static func variant(of request: Request, _ context: SessionContext) -> AnswerVariant? {
        guard let word = request["verb"] else { return .only }
        return Verb(word.readableBytesView).flatMap { context.spec(of: $0) == nil ? nil : .verb($0) }
    }

    static func answer(_ request: Request, _ context: SessionContext) -> Answer {
        guard let word = request["verb"] else { return Answer(Reply(214, "2.0.0", list(context.specs))) }
        guard let verb = Verb(word.readableBytesView), let spec = context.spec(of: verb) else {
            return Answer(unknown)
        }
        return Answer(Reply(214, "2.0.0", text(spec)))
    }

    private static func list(_ specs: [CommandSpec]) -> [String] {
        let names = specs.map(\.verb.description)
        let longest = names.map(\.count).max() ?? 0
        return zip(names, specs).map { name, spec in
            name + String(repeating: " ", count: longest - name.count + 2) + spec.summary
        } + ["HELP verb explains one of them."]
    }

    private static func text(_ spec: CommandSpec) -> [String] {
        let access = spec.access == .user ? ["Needs a log-in."] : []
        return [spec.usage, "\(spec.summary)."] + wrap(spec.help) + access
    }

    private static func wrap(_ text: String) -> [String] {
        var lines: [String] = []
        for word in text.split(separator: " ") {
            if let last = lines.last, last.count + word.count < width {
                lines[lines.count - 1] = "\(last) \(word)"
            } else {
                lines.append(String(word))
            }
        }
        return lines
    }
}
