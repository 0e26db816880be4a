/// A command of the shell itself. It begins with a backslash and is not sent to the server.
struct MetaCommand {
    enum Name: String, CaseIterable {
        case connect, help, quit, timing, trace, who

        var usage: String { self == .connect ? "\\connect [server]" : "\\\(rawValue)" }

        var summary: String {
            switch self {
            case .connect: "go to another server, or connect to this one again"
            case .help: "list these"
            case .quit: "end the session, like Ctrl-D"
            case .timing: "show how long each answer took, or no longer"
            case .trace: "show the lines on the wire, secrets masked, or no longer"
            case .who: "show who you are, where, and how the connection is encrypted"
            }
        }
    }

    /// The command's name; nil if there is no such command.
    let name: Name?
    let word: String
    let argument: String?

    /// Returns nil if the line is no meta-command.
    init?(_ line: [UInt8]) {
        let words = TypedWord.split(line).map(\.text)
        guard let first = words.first, first.hasPrefix("\\") else { return nil }
        word = first
        let typed = first.dropFirst().lowercased()
        let matches = Name.allCases.filter { !typed.isEmpty && $0.rawValue.hasPrefix(typed) }
        name = matches.count == 1 || matches.first?.rawValue == typed ? matches[0] : nil
        argument = words.count > 1 ? words[1] : nil
    }

    static var help: [String] {
        let width = Name.allCases.map(\.usage.count).max() ?? 0
        return Name.allCases.map { name in
            name.usage + String(repeating: " ", count: width - name.usage.count + 2) + name.summary
        } + [
            "", "?, HELP         list the server's commands; ? VERB explains one",
            "VERB … <file    the message is a file; @file is the same",
            "VERB … >file    the answer goes to a file",
            "VERB            without its message: lines up to a single dot are the message",
            "Tab completes, Ctrl-C drops the line or the wait for an answer, Ctrl-D ends.",
        ]
    }
}
