import Input
import Wire

/// The recipients of a message that is sealed from the shell. The user sees them, since a mistake cannot be seen in the
/// sealed message.
enum ConfirmedRecipients {
    private static let verb: Verb = "ENCRYPT"

    /// Asks the user about a message that has no recipients, and begins with the name of an account: the name was
    /// probably meant as the recipient's.
    ///
    /// - Throws: an `ExitError` if the user does not want to send the request.
    static func confirm(
        _ line: RedirectedRequest, _ message: InlineMessage?, _ spec: CommandSpec, _ connection: ServerConnection
    ) throws(ExitError) {
        guard spec.verb == verb, line.input == nil, connection.account != nil, names(in: line.request, spec).isEmpty,
            let message, !message.words[0].isQuoted,
            let name = AccountName(message.words[0].text.trimmingSuffix(",:")),
            try connection.ask(words: "PUBKEY", name.description).isSuccess
        else { return }
        let text = TerminalText.escaped(String(decoding: message.value, as: UTF8.self))
        let answer = SecretPrompt.answer(
            to: "\(name) is an account. Seal \"\(text.prefix(40))\" to yourself alone? [y/N] ")
        guard let answer, ["y", "yes"].contains(answer.lowercased()) else {
            throw ExitError(message: "not sent; ENCRYPT TO=\(name) seals to \(name)", status: .usage)
        }
    }

    /// Says on standard error to whom a message was sealed.
    static func report(_ line: RedirectedRequest, _ spec: CommandSpec, account: AccountName?) {
        guard spec.verb == verb else { return }
        let names = names(in: line.request, spec)
        let recipients = names.isEmpty ? account.map { "\($0)" } ?? "you" : names
        Output.writeMessage(Output.dim("sealed to \(TerminalText.escaped(recipients))"))
    }

    /// Returns the value of `TO=` as the server reads the line, with a space after each comma; empty if there is none.
    private static func names(in line: [UInt8], _ spec: CommandSpec) -> String {
        let words = TypedWord.split(line)
        let word = zip(words, ParameterMatch(words, of: spec).parameters).first { $1?.key == "TO" }?.0
        return word.map { String($0.text.dropFirst($0.prefix)).split(separator: ",").joined(separator: ", ") } ?? ""
    }
}

extension String {
    /// Returns the text without the characters of `suffix` at its end.
    fileprivate func trimmingSuffix(_ suffix: String) -> String {
        var text = self
        while let last = text.last, suffix.contains(last) { text.removeLast() }
        return text
    }
}
