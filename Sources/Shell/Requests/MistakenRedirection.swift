import Glibc
import Wire

/// A part of a typed line that looks like a redirection but is none. A line with one is refused, because otherwise the
/// name of a file would be sealed or signed in place of its content.
///
/// Quoted words are no mistakes: their marks are text.
enum MistakenRedirection: Equatable {
    /// The message begins with `<` or `@`, or another argument with `<`, and is not one file at the line's end.
    case input(mark: String)
    /// A word begins with `>` or `|`, or contains `>>`, and is not the output file at the line's end.
    case output(mark: String)
    /// The name of a file contains an unquoted mark of a redirection, as in `>>log`.
    case fileName(String)

    /// Returns nil if the line has no such part.
    ///
    /// - Parameter spec: the declaration of the verb, or nil if the server has no such command.
    init?(_ line: RedirectedRequest, for spec: CommandSpec?) {
        if let name = [line.input, line.output].lazy.compactMap({ $0 }).first(where: { $0.isMarked }) {
            self = .fileName(name.text)
            return
        }
        let words = TypedWord.split(line.request)
        let message = spec.flatMap { ParameterMatch(words, of: $0).messageIndex } ?? words.endIndex
        for (index, word) in words.enumerated().dropFirst() {
            if index <= message, let mark = word.mark(among: index == message ? ["<", "@"] : ["<"]) {
                self = .input(mark: mark)
                return
            }
            if word.namesInput {
                self = .input(mark: "<")
                return
            }
            if let mark = word.mark(among: [">>", ">", "|", "&>"]) ?? word.innerAppendMark {
                self = .output(mark: mark)
                return
            }
        }
        return nil
    }

    /// The reason of the refusal, and the way out.
    var message: String {
        switch self {
        case .input("@"): "a message that begins with @ must be in quotes, and @file must be its last word. Not sent"
        case .input(let mark):
            "a message that begins with \(mark) must be in quotes, and so must a file name with a space: "
                + "\(mark)\"my file\". Not sent"
        case .output(let mark):
            "the shell does not know \(mark): at the end of the line, >file writes the answer to a file. "
                + "A message that contains \(mark) must be in quotes. Not sent"
        case .fileName(let name):
            "\(TerminalText.escaped(name)): a file name with <, > or | must be in quotes. Not sent"
        }
    }
}

extension TypedWord {
    /// Whether the word is text from its first byte on: `"<file"` is, `<"file"` is not.
    private var isWhollyQuoted: Bool { isQuoted && prefix != 1 }

    /// The parts of the word between tabs and other white space. A shell would read them as words. None if it is quoted.
    private var parts: [Substring] { isWhollyQuoted ? [] : text.split(whereSeparator: \.isWhitespace) }

    /// Returns the mark with which a part of the word begins, with or without the number of a descriptor, or nil.
    fileprivate func mark(among marks: [String]) -> String? {
        for part in parts {
            let rest = part.drop { $0.isASCII && $0.isNumber }
            if let mark = marks.first(where: { part.hasPrefix($0) || $0.hasPrefix(">") && rest.hasPrefix($0) }) {
                return mark
            }
        }
        return nil
    }

    /// Whether a part of the word is `<` and the name of an existing file.
    fileprivate var namesInput: Bool {
        parts.contains { $0.hasPrefix("<") && access(Environment.expandedPath(String($0.dropFirst())), F_OK) == 0 }
    }

    /// `>>` if an unquoted word contains it, or nil.
    fileprivate var innerAppendMark: String? { !isQuoted && text.contains(">>") ? ">>" : nil }
}
