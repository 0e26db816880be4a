import Glibc
import NIOCore
import Wire

/// The prompt for secrets and for questions to the user.
enum SecretPrompt {
    private static let maximumAttempts = 3

    /// The failure of a program that has to ask for a secret and has no terminal.
    static let noTerminal = ExitError(
        message: "the password cannot be asked for without a terminal; use --password-file, --identity or ssh-agent",
        status: .refused)

    /// Asks for a secret without echo, and returns the line that answers the server. The line is `*`, which cancels
    /// the request, if the user cancels, or types two different new secrets three times.
    static func answer(to prompt: Reply, verb: Verb?) -> ByteBuffer {
        let cancel = ByteBuffer(string: "*")
        let label = label(of: prompt)
        // A paste is shown, and a secret must not be.
        if LineEditor.forgetWaitingLines() > 0 {
            Output.reportError("the lines after this one are not run, because it asks for a secret")
        }
        if let warning = warning(before: label, verb) { Output.writeMessage(warning) }
        for _ in 0..<maximumAttempts {
            guard let secret = RawTerminal.readLine("\(label): ") else { return cancel }
            guard isNew(label, verb) else { return ByteBuffer(bytes: secret) }
            guard let again = RawTerminal.readLine("\(label) again: ") else { return cancel }
            if again == secret { return ByteBuffer(bytes: secret) }
            Output.reportError("the two differ")
        }
        return cancel
    }

    /// Asks for the password of `user` without echo. Returns nil if the user cancels.
    static func password(of user: String) -> [UInt8]? {
        RawTerminal.readLine("\(TerminalText.escaped(user))'s password: ")
    }

    /// Asks a question with echo. Returns nil if the user cancels.
    static func answer(to question: String) -> String? {
        RawTerminal.readLine(question, isHidden: false).map { String(decoding: $0, as: UTF8.self) }
    }

    /// The greatest width of a secret's name, which comes from the server, in columns.
    private static let widestLabel = 60

    /// Returns the name of the secret: `password` for `Send the password on a line of its own, or * to cancel`.
    static func label(of prompt: Reply) -> String {
        let text = TerminalText.escaped(prompt.lines[0])
        let name = text.wholeMatch(of: /Send the (.+?) on a line.*/).map { String($0.output.1) } ?? text
        return DisplayWidth.fitting(name, columns: widestLabel)
    }

    /// The commands that destroy keys and ask for one of their arguments again.
    private static let destructive: [Verb] = ["ERASE", "FORGET"]

    /// Returns the warning before a prompt; nil if there is none.
    static func warning(before label: String, _ verb: Verb?) -> String? {
        guard let verb, destructive.contains(verb), label.hasSuffix(" again") else { return nil }
        return "\(verb) destroys keys for good; Ctrl-C cancels it"
    }

    /// Returns whether the secret is a new one, which is asked for twice because a typing error would lock the user
    /// out.
    static func isNew(_ label: String, _ verb: Verb?) -> Bool {
        verb == "SIGNUP" || label.split(separator: " ").contains("new")
    }
}
