import NIOCore
import Wire

/// A command of the shell's own, which begins with a backslash and never reaches a server.
struct ShellCommand {
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

    /// nil when there is no such command.
    let name: Name?
    let word: String
    let argument: String?

    /// nil when the line is none.
    init?(_ line: [UInt8]) {
        let words = Words(line).all.map(\.text)
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

/// A line that asks what a command does: `?`, `? VERB`, `VERB ?`.
struct Question {
    /// The request that is meant.
    let request: [UInt8]

    init?(_ line: [UInt8]) {
        let words = Words(line).all.map(\.text)
        switch (words.count, words.firstIndex(of: "?")) {
        case (1, 0): request = Array("HELP".utf8)
        case (2, let place?): request = Array("HELP \(words[1 - place])".utf8)
        case _: return nil
        }
    }
}

extension Interactive {
    /// Whether the shell goes on.
    func run(_ command: ShellCommand) throws(Stop) -> Bool {
        switch command.name {
        case .connect: try connect(command.argument)
        case .help: Pager.show(ShellCommand.help)
        case .quit:
            session.quit()
            return false
        case .timing:
            timing.toggle()
            Output.note("timing is \(timing ? "on" : "off")")
        case .trace:
            session.trace = session.trace == nil ? Trace() : nil
            Output.note("trace is \(session.trace == nil ? "off" : "on")")
        case .who: Output.note(session.whereabouts)
        case nil: throw Stop(message: "there is no \(Escaping.shown(command.word)); \\help lists them", status: .usage)
        }
        return true
    }

    private func connect(_ word: String?) throws(Stop) {
        let connector = try word.map { word throws(Stop) in try Connector(try places.other(word)) } ?? session.connector
        let other = Session(connector)
        other.trace = session.trace
        try move(to: other)
    }
}
