import FoundationEssentials
import Input
import NIOCore
import Wire

/// An answer as one line of JSON.
///
///     {"body":"attack at dawn","code":250,"enhanced":"2.0.0","from":"alice","ok":true,"text":["FROM=alice attack …"],
///      "verb":"DECRYPT"}
///
/// `body` is the result if it is UTF-8; otherwise `body64` is the result, in base64. `from`, `account` and `key` are what
/// the reply says about it. `text` holds the lines of the reply, for people. Only a script's answers have `line`. If
/// there is no reply, `code`, `enhanced` and `verb` are missing, and `text` says why.
struct JSONAnswer {
    private let object: JSONObject

    /// - Parameter body: the body that followed the reply as a literal; nil if there was none.
    init(_ reply: Reply, verb: Verb?, line: Int?, body: ByteBuffer?) {
        let facts = AnswerFacts(reply, verb: verb)
        let bytes = (body ?? facts.body).map { Array($0.readableBytesView) }
        let text = bytes.flatMap { String(validating: $0, as: UTF8.self) }
        object = JSONObject([
            "account": facts.account.map { .text($0) },
            "body": text.map { .text($0) },
            "body64": text == nil ? bytes.map { .text(Data($0).base64EncodedString()) } : nil,
            "code": .number(reply.code),
            "enhanced": reply.enhanced.map { .text($0) },
            "from": facts.from.map { .text($0) },
            "key": facts.key.map { .number($0) },
            "line": line.map { .number($0) },
            "ok": .flag(reply.exitStatus == .success),
            "text": .lines(body != nil && reply.lines == [""] ? [] : reply.lines),
            "verb": verb.map { .text($0.description) },
        ])
    }

    /// Creates the object for a failure without a reply, such as a server that cannot be reached.
    init(_ failure: ExitError) {
        let lines = failure.message.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        object = JSONObject(["ok": .flag(false), "text": .lines(lines)])
    }

    /// The names of the members that the object has, in alphabetical order.
    var names: [String] { object.names }

    /// Returns a member as text; nil if the object has no such member.
    func value(of name: String) -> String? { object[name]?.text }

    /// The JSON object and a line end.
    var bytes: ByteBuffer { object.line }
}
