import NIOCore

/// HELP (RFC 5321, section 4.1.1.8) describes the commands for people.
struct Help: SessionCommand {
    static let unknown = Failure(504, "5.5.4", "No such command; HELP alone lists them")
    private static let verb = Parameter("verb", or: unknown) { Verb($0.utf8) }
    private static let width = 72

    static let spec = CommandSpec(
        "HELP", [verb.optional], access: .anyone, isRepeatable: true,
        summary: "List the commands, or explain one",
        help: """
            Without an argument it lists the commands that people use, a line each, and with ALL all of them. With a \
            verb it explains that command.
            """)

    /// The word that asks for all commands. No command has this name.
    private static let all: Verb = "ALL"

    func variant(of call: SessionCall) -> AnswerVariant? {
        do throws(Failure) {
            guard let verb = try call.optional(Self.verb) else { return .only }
            return verb == Self.all || call.spec(of: verb) != nil ? .verb(verb) : nil
        } catch {
            return nil
        }
    }

    func answer(_ call: SessionCall) throws -> Answer {
        guard let verb = try call.optional(Self.verb) else {
            return Answer(Reply(214, "2.0.0", HelpGroup.list(call.specs, all: false)))
        }
        if verb == Self.all { return Answer(Reply(214, "2.0.0", HelpGroup.list(call.specs, all: true))) }
        guard let spec = call.spec(of: verb) else { throw Self.unknown }
        return Answer(Reply(214, "2.0.0", Self.text(spec)))
    }

    private static func text(_ spec: CommandSpec) -> [String] {
        let exception = spec.openOptions.isEmpty ? "" : ", except with \(spec.openOptions.joined(separator: " "))"
        let access = spec.access == .user ? ["Needs a log-in\(exception)."] : []
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
