import NIOCore

/// One reply: a code (RFC 5321), an enhanced code (RFC 3463), one or more lines of text, and at most one body.
///
/// The text describes the answer, such as `FROM=alice`. The body is the result of the command, as bytes. Its form is
/// chosen when the reply is sent to its client: on the line, as lines, or as a literal.
public struct Reply: Sendable, Equatable {
    package var code: Int
    /// The enhanced code `class.subject.detail`. It is nil for replies to which SMTP gives none: the greeting, the
    /// replies to EHLO and HELO, and 3yz.
    package var enhanced: String?
    /// The first line, of printable text. It may be empty.
    package var text: String
    /// The lines after the first.
    package var more: [String]
    package var body: ByteBuffer?
}

/// These initialisers call the memberwise initialiser that the compiler generates, because it moves its arguments.
/// Other initialisers would copy them.
extension Reply {
    package init(_ code: Int, _ enhanced: String?, _ lines: [String], body: ByteBuffer? = nil) {
        self.init(code, enhanced, lines.first ?? "", more: Array(lines.dropFirst()), body: body)
    }

    package init(_ code: Int, _ enhanced: String?, _ text: String, more: [String] = [], body: ByteBuffer? = nil) {
        self.init(code: code, enhanced: enhanced, text: text, more: more, body: body)
    }

    /// All lines of text. A reply has at least one.
    package var lines: [String] { more.isEmpty ? [text] : [text] + more }

    /// Returns the reply `250 2.0.0 text`.
    public static func done(_ text: String) -> Reply { Reply(250, "2.0.0", text) }

    /// Returns a reply `250 2.0.0` with the given lines, of which there must be at least one.
    package static func done(_ lines: [String]) -> Reply { Reply(250, "2.0.0", lines) }

    /// Returns a reply `250 2.0.0` with a body. `text` describes the body.
    package static func result(_ body: ByteBuffer, about text: String = "") -> Reply {
        Reply(250, "2.0.0", text, body: body)
    }

    /// Returns a reply `250 2.0.0` with a body of any bytes. `text` describes the body.
    public static func result(bytes: some Sequence<UInt8>, about text: String = "") -> Reply {
        result(ByteBuffer(bytes: bytes), about: text)
    }

    package var isSuccess: Bool { code < 400 }
}

/// The kind of body that a command returns, as its declaration says.
public enum ResultKind: String, Sendable {
    /// The body is any bytes, and is written unchanged.
    case plain
    /// The body is a sealed message. It is binary in a literal, and armoured (`clv1.` and base64url) on lines.
    case sealed
}
