import FoundationEssentials
import Input
import NIOCore
import Wire

/// An answer as one line of JSON (RFC 8259).
///
///     {"body":"attack at dawn","code":250,"enhanced":"2.0.0","from":"alice","ok":true,"text":["FROM=alice attack …"],
///      "verb":"DECRYPT"}
///
/// `body` is the result if it is UTF-8; otherwise `body64` is the result, in base64. `from`, `account` and `key` are what
/// the reply says about it. `text` holds the lines of the reply, for people. Only a script's answers have `line`. If
/// there is no reply, `code`, `enhanced` and `verb` are missing, and `text` says why.
struct JSONAnswer: Encodable {
    private let verb: String?
    private let line: Int?
    private let ok: Bool
    private let code: Int?
    private let enhanced: String?
    private let text: [String]
    private let from: String?
    private let account: String?
    private let key: Int?
    private let body: String?
    private let body64: String?

    /// - Parameter body: the body that followed the reply as a literal; nil if there was none.
    init(_ reply: Reply, verb: Verb?, line: Int?, body: ByteBuffer?) {
        let facts = AnswerFacts(reply, verb: verb)
        self.verb = verb?.description
        self.line = line
        ok = reply.exitStatus == .success
        code = reply.code
        enhanced = reply.enhanced
        text = body != nil && reply.lines == [""] ? [] : reply.lines
        (from, account, key) = (facts.from, facts.account, facts.key)
        let bytes = (body ?? facts.body).map { Array($0.readableBytesView) }
        self.body = bytes.flatMap { String(validating: $0, as: UTF8.self) }
        body64 = self.body == nil ? bytes.map { Data($0).base64EncodedString() } : nil
    }

    /// Creates the object for a failure without a reply, such as a server that cannot be reached.
    init(_ failure: ExitError) {
        (verb, line, code, enhanced, from, account, key) = (nil, nil, nil, nil, nil, nil, nil)
        (body, body64) = (nil, nil)
        ok = false
        text = failure.message.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    /// The members that the object has, as texts, in alphabetical order.
    private var members: [(name: String, value: String)] {
        let all: [(String, String?)] = [
            ("account", account), ("body", body), ("body64", body64), ("code", code.map { "\($0)" }),
            ("enhanced", enhanced), ("from", from), ("key", key.map { "\($0)" }), ("line", line.map { "\($0)" }),
            ("ok", "\(ok)"), ("text", text.joined(separator: "\n")), ("verb", verb),
        ]
        return all.compactMap { name, value in value.map { (name, $0) } }
    }

    var names: [String] { members.map(\.name) }

    /// Returns a member as text; nil if the object has no such member.
    func value(of name: String) -> String? { members.first { $0.name == name }?.value }

    /// The JSON object and a line end.
    var bytes: ByteBuffer {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Strings and numbers can always be encoded.
        let text = String(decoding: (try? encoder.encode(self)) ?? Data(), as: UTF8.self)
        return ByteBuffer(string: Self.escaped(text) + "\n")
    }

    /// Escapes the control characters that JSON permits, since a terminal may obey them. Outside of strings there are
    /// none.
    private static func escaped(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: \.isHarmful) else { return text }
        return text.unicodeScalars.map { scalar in
            guard scalar.isHarmful, scalar.value <= 0xFFFF else { return String(scalar) }
            let digits = String(scalar.value, radix: 16)
            return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        }.joined()
    }
}
