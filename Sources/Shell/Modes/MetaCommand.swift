import Input
import NIOCore
import POSIX
import Wire

/// A command of the shell itself. It begins with a backslash and is not sent to the server.
struct MetaCommand {
    enum Name: String, CaseIterable {
        case again, connect, edit, help, include, quit, timing, trace, who

        var usage: String {
            switch self {
            case .connect: "\\connect [server]"
            case .edit: "\\edit VERB …"
            case .include: "\\include file"
            case .again, .help, .quit, .timing, .trace, .who: "\\\(rawValue)"
            }
        }

        var summary: String {
            switch self {
            case .again: "send the last request with a typed message again"
            case .connect: "go to another server as the same user, or connect to this one again"
            case .edit: "send a request whose message you write in $EDITOR"
            case .help: "list these commands"
            case .include: "run the lines of a file; it stops at the first one that is refused"
            case .quit: "end the session, like Ctrl-D"
            case .timing: "switch the display of answer times on or off"
            case .trace: "switch the display of the lines on the wire on or off; secrets are masked"
            case .who: "show your account, the server, and the encryption of the connection"
            }
        }
    }

    /// The command's name; nil if there is no such command.
    let name: Name?
    let word: String
    let argument: String?
    /// The line after the command's word, without the spaces between them.
    let rest: [UInt8]

    /// Returns nil if the line is no meta-command.
    init?(_ line: [UInt8]) {
        let typedWords = TypedWord.split(line)
        let words = typedWords.map(\.text)
        guard let first = words.first, first.hasPrefix("\\") else { return nil }
        rest = typedWords.count > 1 ? Array(line[typedWords[1].range.lowerBound...]) : []
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
            "VERB … $_       $_ is the last answer",
            "VERB            without its message: lines up to a single dot are the message",
            "Tab completes. Ctrl-C discards the line, or stops waiting for an answer. Ctrl-D ends.",
        ]
    }

    /// Returns whether the history may keep the command. Arguments that the command does not have may be secrets.
    func isKept(_ manifest: Manifest) -> Bool {
        switch name {
        case .connect, .include: TypedWord.split(rest).count <= 1
        case .edit: rest.isEmpty || History.shouldKeep(rest, manifest)
        case .again, .help, .quit, .timing, .trace, .who, nil: rest.isEmpty
        }
    }

    /// Refuses arguments that the command does not have, such as the second half of a file name with a space.
    ///
    /// - Throws: an `ExitError` if there are any.
    func requireNoOtherArguments() throws(ExitError) {
        let count = TypedWord.split(rest).count
        switch name {
        case .connect where count > 1, .include where count > 1:
            throw ExitError(
                message: "\\\(name!) takes one argument; a name with a space must be in quotes", status: .usage)
        case .again where count > 0, .help where count > 0, .quit where count > 0, .timing where count > 0,
            .trace where count > 0, .who where count > 0:
            throw ExitError(message: "\\\(name!) takes no argument", status: .usage)
        case .again, .connect, .edit, .help, .include, .quit, .timing, .trace, .who, nil: break
        }
    }

    /// The request in the line of `\edit`.
    ///
    /// - Throws: an `ExitError` if there is none.
    func request() throws(ExitError) -> [UInt8] {
        guard !rest.isEmpty else {
            throw ExitError(message: "\\edit is followed by a request without its message", status: .usage)
        }
        return rest
    }

    /// The lines of the file that `\include` names.
    ///
    /// - Throws: an `ExitError` if the file cannot be read.
    func includedLines() throws(ExitError) -> [[UInt8]] {
        guard let argument else { throw ExitError(message: "\\include is followed by a file", status: .usage) }
        return try TextFile.lines(argument)
    }
}
