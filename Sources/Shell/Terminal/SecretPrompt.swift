import Glibc
import NIOCore
import Wire

/// Asks a person at the terminal for a secret, without echo.
enum SecretPrompt {
    /// The line that answers `prompt`; one that cancels when the person does, or types a new secret in two ways.
    static func answer(to prompt: Reply, verb: Verb?) -> ByteBuffer {
        let cancel = ByteBuffer(string: "*")
        let label = label(of: prompt)
        guard let secret = HiddenTerminal.line("\(label): ") else { return cancel }
        guard isNew(label, verb) else { return ByteBuffer(bytes: secret) }
        guard let again = HiddenTerminal.line("\(label) again: ") else { return cancel }
        if again == secret { return ByteBuffer(bytes: secret) }
        Output.complain("the two differ")
        return cancel
    }

    /// The password of `user`; nil when the person cancels.
    static func password(of user: String) -> [UInt8]? {
        HiddenTerminal.line("\(Escaping.shown(user))'s password: ")
    }

    /// A line that is typed after `question` and can be seen; nil when the person cancels.
    static func answer(to question: String) -> String? {
        HiddenTerminal.line(question, isHidden: false).map { String(decoding: $0, as: UTF8.self) }
    }

    /// What is asked for: `password` of `Send the password on a line of its own, or * to cancel`.
    static func label(of prompt: Reply) -> String {
        let text = Escaping.shown(prompt.lines[0])
        return text.wholeMatch(of: /Send the (.+?) on a line.*/).map { String($0.output.1) } ?? text
    }

    /// Whether the secret is being chosen, so that a slip of the finger would lock its owner out.
    static func isNew(_ label: String, _ verb: Verb?) -> Bool {
        verb == "SIGNUP" || label.split(separator: " ").contains("new")
    }
}

/// A line as it is typed where nothing is shown.
struct HiddenLine {
    enum Outcome {
        case more
        case done
        case cancelled
    }

    private(set) var octets: [UInt8] = []

    mutating func take(_ octet: UInt8) -> Outcome {
        switch octet {
        case UInt8(ascii: "\r"), UInt8(ascii: "\n"): return .done
        case Self.interrupt: return .cancelled
        case Self.endOfInput: return octets.isEmpty ? .cancelled : .more
        case Self.backspace, Self.delete: removeCharacter()
        case Self.kill: octets.removeAll()
        default: octets.append(octet)
        }
        return .more
    }

    static let interrupt: UInt8 = 0x03
    private static let endOfInput: UInt8 = 0x04
    private static let backspace: UInt8 = 0x08
    private static let kill: UInt8 = 0x15
    private static let delete: UInt8 = 0x7F

    private mutating func removeCharacter() {
        while let octet = octets.popLast(), octet & 0xC0 == 0x80 {}
    }
}

/// The terminal with its echo off, if that is wanted, and without signals, which is put right again whatever happens.
private enum HiddenTerminal {
    /// How the terminal was, for the signal handler too.
    nonisolated(unsafe) private static var saved = termios()
    private static let deadly = [SIGTERM, SIGHUP, SIGQUIT, SIGINT]

    /// A line that is typed after `prompt`; nil when it is cancelled or the terminal is gone.
    static func line(_ prompt: String, isHidden: Bool = true) -> [UInt8]? {
        guard tcgetattr(STDIN_FILENO, &saved) == 0 else { return nil }
        let handlers = deadly.map { signal($0, restoreAndDie) }
        defer {
            tcsetattr(STDIN_FILENO, TCSADRAIN, &saved)
            for (number, handler) in zip(deadly, handlers) { signal(number, handler) }
            if isHidden { Output.note("") }
        }
        var other = saved
        other.c_lflag &= ~tcflag_t(isHidden ? ECHO | ICANON | ISIG : ISIG)
        // Where the terminal gives lines, Ctrl-C ends one, and is seen.
        if !isHidden { withUnsafeMutableBytes(of: &other.c_cc) { $0[Int(VEOL)] = HiddenLine.interrupt } }
        tcsetattr(STDIN_FILENO, TCSADRAIN, &other)
        Output.note(prompt, terminator: "")
        return readLine()
    }

    private static func readLine() -> [UInt8]? {
        var line = HiddenLine()
        while true {
            var octet: UInt8 = 0
            let count = read(STDIN_FILENO, &octet, 1)
            if count < 0, errno == EINTR { continue }
            guard count == 1 else { return nil }
            switch line.take(octet) {
            case .more: continue
            case .done: return line.octets
            case .cancelled: return nil
            }
        }
    }

    private static let restoreAndDie: @convention(c) (Int32) -> Void = { number in
        tcsetattr(STDIN_FILENO, TCSANOW, &saved)
        signal(number, SIG_DFL)
        raise(number)
    }
}
