import TestKit
import Testing

/// Frames that neither end of a link may send. Each has a name.
enum BadFrames {
    typealias Case = (name: String, text: String)

    /// Attributes that no frame header may have.
    private static let attributes = [
        "COLOUR=red", "more", "MORE=1", "END=", "MORE MORE", "TOKEN", "TOKEN=", "token=a", "TOKEN=a TOKEN=a",
        "TOKEN=- TOKEN=a", "TOKEN=\"a\"", "TOKEN=\u{E9}", "TOKEN=a\u{0}", "TOKEN=a\u{1B}", "TOKEN=a/b", "TOKEN=a\tb",
        "WINDOW", "WINDOW=", "WINDOW=01", "WINDOW=-1", "WINDOW=99999999999999999999", "WINDOW=1 WINDOW=1", "PEER=",
        "PEER=192.0.2.1", "PEER=192.0.2.1:x", "PEER=192.0.2.1:99999", "PEER=[::1]", "PEER=\"192.0.2.1:9\"",
        "PEER=192.0.2.1:9\u{2028}", "PEER=mallory:9", "PEER=local PEER=local", "=", "=a", "\u{202E}",
    ]

    /// Returns frames whose headers end the link. Each has the same valid `payload`. `limit` is the maximum size of a
    /// frame, in bytes.
    static func headers(_ lane: Int, _ payload: String, limit: Int = 131_072) -> [Case] {
        let count = payload.utf8.count
        // A parser that keeps only the low 32 or 64 bits of these numbers would read the correct length.
        let (low32, low64) = ("\((1 << 32) + count)", "184467440737095516\(16 + count)")
        let lengths: [Case] = [
            ("a length over the limit", "\(limit + 1)"), ("a length that overflows 32 bits", low32),
            ("a length that overflows 64 bits", low64),
            ("a length of many digits", String(repeating: "9", count: 5000)),
            ("a length below zero", "-1"), ("a length with a sign", "+\(count)"), ("a leading zero", "0\(count)"),
            ("a length in hexadecimal", "0x\(String(count, radix: 16))"), ("an empty length", ""),
            ("a length with a point", "\(count).0"), ("a space before the length", " \(count)"),
            ("a space after the length", "\(count) "), ("a tab after the length", "\(count)\t"),
            ("two spaces before an attribute", "\(count)  MORE"), ("NUL after the length", "\(count)\u{0}"),
            ("a CR in a header", "\(count)\r MORE"), ("Arabic digits", "\u{661}\u{663}"),
        ]
        let lanes: [Case] = [
            ("no lane", "#"), ("a lane that is no number", "#x"), ("a lane with a leading zero", "#0\(lane)"),
            ("a lane below zero", "#-1"), ("a lane that is too large", "#17592186044416"),
            ("a lane that overflows 64 bits", "#1844674407370955\(1616 + lane)"), ("another mark", "*\(lane)"),
        ]
        return lengths.map { ($0.name, "#\(lane) \($0.text)\r\n\(payload)") }
            + lanes.map { ($0.name, "\($0.text) \(count)\r\n\(payload)") }
            + attributes.map { ("the attributes \($0.debugDescription)", frame(lane, payload, $0)) } + [
                ("text", "garbage\r\n"), ("a reply without a frame", "250 2.0.0 x\r\n"), ("an empty line", "\r\n"),
                ("a lane without a length", "#\(lane)\r\n\(payload)"),
                ("LF alone", "#\(lane) \(count)\n\(payload)"),
                ("a header over its limit", frame(lane, payload, "TOKEN=\(String(repeating: "a", count: 10_240))")),
                ("a header without an end", "#\(lane) \(count) TOKEN=\(String(repeating: "a", count: 20_000))"),
            ]
    }

    /// Payloads for a reply's frame that are not exactly one reply.
    static let replies: [Case] = [
        ("two replies", "250 2.0.0 a\r\n250 2.0.0 b\r\n"), ("half a line", "250 2.0.0 a"),
        ("a line without its last byte", "250 2.0.0 a\r"), ("half a reply", "250-2.0.0 a\r\n"),
        ("half a code", "25"), ("a code alone", "250"), ("bytes after a reply", "250 2.0.0 a\r\nx"),
        ("bytes after a literal", "250 2.0.0 {3}\r\nabc\r\nx"),
        ("text after a literal", "250 2.0.0 {3}\r\nabcdef\r\n"),
        ("a literal that is too short", "250 2.0.0 {10}\r\nabc\r\n"),
        ("a literal without its end", "250 2.0.0 {3}\r\nabc"),
        ("a literal without bytes", "250 2.0.0 {3}\r\n"),
        ("a literal that overflows", "250 2.0.0 {18446744073709551619}\r\nabc\r\n"),
        ("a literal before the last line", "250-2.0.0 {3}\r\nabc\r\n250 2.0.0 b\r\n"),
        ("lines of different codes", "250-2.0.0 a\r\n251 2.0.0 b\r\n"), ("a prompt", "354 Send it\r\n"),
        ("a challenge", "334 x\r\n"), ("a code that is too small", "150 2.0.0 a\r\n"),
        ("a code that is too large", "650 2.0.0 a\r\n"), ("four digits", "2500 2.0.0 a\r\n"),
        ("a text after the code", "250x2.0.0 a\r\n"), ("a CR", "250 2.0.0 a\rb\r\n"),
        ("LF alone", "250 2.0.0 a\n"), ("an LF within", "250 2.0.0 a\nb\r\n"),
        ("a frame of another lane", "250 2.0.0 a\r\n#999 13\r\n250 2.0.0 b\r\n"),
    ]

    /// Payloads for a request's frame that are not exactly one request, for a server that has the command SIGN.
    static let requests: [Case] = [
        ("no form", "SIGN\r\nx"), ("another form", "SIGN lines message=1\r\nx"), ("no line end", "SIGN line message=1"),
        ("LF alone", "SIGN line message=1\nx"), ("an empty message left out", "SIGN line\r\n"),
        ("a message that is too short", "SIGN line message=5\r\nHell"),
        ("bytes after the message", "SIGN line message=4\r\nHello"), ("no bytes", "SIGN line message=5\r\n"),
        ("bytes without a label", "SIGN line\r\nHello"), ("an unknown label", "SIGN line nonsense=5\r\nHello"),
        ("a label twice", "SIGN line message=2 message=3\r\nHello"),
        ("a leading zero", "SIGN line message=05\r\nHello"),
        ("a length below zero", "SIGN line message=-1\r\nHello"),
        ("a length that overflows", "SIGN line message=18446744073709551621\r\nHello"),
        ("a label without a length", "SIGN line message=\r\nHello"), ("a label alone", "SIGN line message\r\nHello"),
        ("two spaces", "SIGN line  message=5\r\nHello"), ("a space at the end", "SIGN line message=5 \r\nHello"),
        ("a request of a session", "SIGN {5+}\r\nHello\r\n"), ("an unknown verb", "NOSUCH line\r\n"),
        ("a reply", "250 2.0.0 x\r\n"),
        ("a verb that is too long", "A-VERB-OF-TOO-MANY-LETTERS line\r\n"),
        ("NUL", "SIGN\u{0} line message=5\r\nHello"),
        ("a line without an end", "S" + String(repeating: "I", count: 100_000)),
    ]
}
