import NIOCore

/// One reply: RFC 5321 code, RFC 3463 enhanced code, one or more lines of text, and at most one body.
///
/// The text is about the answer (`FROM=alice`), the body is the answer: octets that a command made. How a body is
/// written, on the line, as lines or as a literal, is decided where the reply leaves for its client.
public struct Reply: Sendable, Equatable {
    package var code: Int
    /// `class.subject.detail`; nil where SMTP has none: the greeting, EHLO, HELO and 3yz.
    package var enhanced: String?
    /// The first line, of printable text; an empty string where there is nothing to say.
    package var text: String
    /// The lines behind the first.
    package var more: [String]
    package var body: ByteBuffer?
}

/// These go by way of the initialiser that the compiler makes: it moves what it is given, and others copy it.
extension Reply {
    package init(_ code: Int, _ enhanced: String?, _ lines: [String], body: ByteBuffer? = nil) {
        self.init(code, enhanced, lines.first ?? "", more: Array(lines.dropFirst()), body: body)
    }

    package init(_ code: Int, _ enhanced: String?, _ text: String, more: [String] = [], body: ByteBuffer? = nil) {
        self.init(code: code, enhanced: enhanced, text: text, more: more, body: body)
    }

    /// All lines, of which there is at least one.
    package var lines: [String] { more.isEmpty ? [text] : [text] + more }

    /// `250 2.0.0 text`.
    public static func done(_ text: String) -> Reply { Reply(250, "2.0.0", text) }

    /// Success, on as many lines; at least one.
    package static func done(_ lines: [String]) -> Reply { Reply(250, "2.0.0", lines) }

    /// `250 2.0.0` and a body, with `text` about it.
    package static func result(_ body: ByteBuffer, about text: String = "") -> Reply {
        Reply(250, "2.0.0", text, body: body)
    }

    /// `250 2.0.0` and a body of any octets, with `text` about it.
    public static func result(octets: some Sequence<UInt8>, about text: String = "") -> Reply {
        result(ByteBuffer(bytes: octets), about: text)
    }

    package var isSuccess: Bool { code < 400 }
}

/// What a command's body is, as its declaration says.
public enum ResultKind: String, Sendable {
    /// Octets as they are.
    case plain
    /// A sealed message: binary as a literal, armoured (`clv1.` and base64url) on lines.
    case sealed
}
