import NIOCore
import Wire

/// The facts that a reply states about its result.
///
/// The replies have no fields for these facts, so they are read from the text of the few commands that have them.
struct AnswerFacts {
    /// The account that sealed the message.
    var from: String?
    /// The account that the reply is about: who signed, signed up, logged in, or has the token.
    var account: String?
    /// The version of the account's key.
    var key: Int?
    /// The result: the reply's text without the facts; nil if the text is nothing but a statement.
    var body: ByteBuffer?

    init(_ reply: Reply, verb: Verb?) {
        let text = reply.lines.joined(separator: "\n")
        guard reply.isSuccess else { return }
        switch verb {
        case "DECRYPT":
            guard let match = text.prefixMatch(of: /FROM=(\S+)[ \n]?/) else { return }
            guard let name = AccountName(String(match.output.1)) else {
                body = ByteBuffer(string: text)
                return
            }
            from = name.description
            body = ByteBuffer(substring: text[match.range.upperBound...])
        case "VERIFY":
            account = text.prefixMatch(of: /(\S+) holds this token/).flatMap { Self.name($0.output.1) }
            guard let match = text.prefixMatch(of: /(\S+) signed this with key ([0-9]+)/) else { return }
            (account, key) = (Self.name(match.output.1), Int(match.output.2))
        case "SIGNUP":
            guard let match = text.prefixMatch(of: /(\S+) signed up, key ([0-9]+)/) else { return }
            (account, key) = (Self.name(match.output.1), Int(match.output.2))
        case "LOGIN", "AUTH":
            account = text.wholeMatch(of: /Logged in as (\S+)/).flatMap { Self.name($0.output.1) }
        case "WHOAMI":
            (account, body) = (Self.name(text[...]), ByteBuffer(string: text))
        case _:
            body = ByteBuffer(string: text)
        }
    }

    /// Returns the name of an account; nil if the text is none, whatever the server says.
    private static func name(_ text: Substring) -> String? { AccountName(String(text))?.description }
}
