import NIOCore
import Testing

@testable import Wire

@Suite("Framing")
struct FramerTests {
    /// Returns the events of a framer that reads `pieces`, as text. Literals of at most 100 bytes are taken. A text
    /// is expected after a line `TEXT`, and an answer after a line `ASK`.
    private static func events(_ pieces: [[UInt8]], limits: Limits = .session, telnet: Bool = true) -> [String] {
        var framer = Framer(readsTelnet: telnet)
        var buffer = ByteBuffer()
        var events: [String] = []
        for piece in pieces {
            buffer.writeBytes(piece)
            while let event = framer.next(&buffer, limits: limits) {
                switch event {
                case .line(let frame):
                    events.append("frame " + describe(frame))
                    if frame.head.text == "TEXT" { framer.expectText() }
                    if frame.head.text == "ASK" { framer.expectAnswer() }
                case .announced(_, let mark) where mark.count <= 100: framer.takeLiteral()
                case .announced(_, let mark):
                    events.append("announced \(mark.count)")
                    if case .failed(_, let isFatal) = framer.refuseLiteral(
                        .literalTooLarge(limits.literal), discard: limits.discard)
                    {
                        events.append("refused\(isFatal ? " and dead" : "")")
                    }
                case .text(let text): events.append("text \(text.text.debugDescription)")
                case .answer(let answer): events.append("answer \(answer.text)")
                case .telnet(let bytes): events.append("telnet \(Array(bytes.readableBytesView))")
                case .failed(let failure, let isFatal): events.append("\(failure.text)\(isFatal ? " and dead" : "")")
                }
            }
        }
        if let failure = framer.cutShort(buffer) { events.append(failure.text) }
        return events
    }

    private static func describe(_ frame: RequestLine) -> String {
        frame.tails.reduce(frame.head.text) { $0 + "<\($1.literal.text)>\($1.text.text)" }
    }

    struct Case: CustomTestStringConvertible {
        let input: [UInt8]
        let events: [String]
        var testDescription: String { String(decoding: input.prefix(40), as: UTF8.self).debugDescription }

        init(_ input: String, _ events: String...) {
            self.input = Array(input.utf8)
            self.events = events
        }

        init(_ input: [UInt8], _ events: String...) {
            self.input = input
            self.events = events
        }
    }

    static let cases: [Case] = [
        Case("NOOP\r\nQUIT\n", "frame NOOP", "frame QUIT"),
        Case("A {3+}\r\nb\nc d {0+}\n e {2}\n\r\n\n", "frame A <b\nc> d <> e <\r\n>"),
        Case("{1+}\r\nx\r\n", "frame <x>"),
        Case("A K={3+}\r\nxyz\r\n", "frame A K=<xyz>"),
        Case("A see{3+}\r\n", "frame A see{3+}"),
        Case(
            "A {3+} b\r\nA {+}\r\nA {-1}\r\nA {3 }\r\n", "frame A {3+} b", "frame A {+}", "frame A {-1}", "frame A {3 }"
        ),
        Case("A {101}\r\nNOOP\r\n", "announced 101", "refused", "frame NOOP"),
        Case(
            "A {101+}\r\n" + String(repeating: "\n", count: 101) + " rest\r\nNOOP\r\n",
            "announced 101", "Literal too large; the limit is 16777216 bytes", "frame NOOP"),
        Case("A {1048577+}\r\nNOOP\r\n", "announced 1048577", "refused and dead"),
        Case("A {99999999999999999999+}\r\n", "announced \(Int.max)", "refused and dead"),
        Case("TEXT\r\na\r\n..b\r\n.\r\n.\r\n", "frame TEXT", "text \"a\\n.b\"", "frame ."),
        Case("TEXT\n\n.\nX\n", "frame TEXT", "text \"\"", "frame X"),
        Case("TEXT\n.\nX\n", "frame TEXT", "text \"\"", "frame X"),
        Case(
            "TEXT\r\na\n.\r\n", "frame TEXT",
            "The text's line ends differ from the session's; the session ends and dead"),
        Case(
            "TEXT\na\r\n.\n", "frame TEXT", "The text's line ends differ from the session's; the session ends and dead"),
        Case(
            "NOOP\r\nTEXT\na\n.\n", "frame NOOP", "frame TEXT",
            "The text's line ends differ from the session's; the session ends and dead"),
        Case("ASK\r\n a \"{3+}\r\nX\r\n", "frame ASK", "answer  a \"{3+}", "frame X"),
        Case("A\0B {2+}\r\n\0\0\r\nX\r\n", "NUL in a line; send binary content as a literal", "frame X"),
        Case("A\rB\r\nX\r\n", "CR without LF in a line; send binary content as a literal", "frame X"),
        Case([0x41, 0x20, 0xC3, 0x28, 0x0A, 0x58, 0x0A], "Not UTF-8; send binary content as a literal", "frame X"),
        Case("NOO", "The input ended inside a line; it was not run"),
        Case("A {5+}\r\nab", "The input ended inside a literal; it was not run"),
        Case("TEXT\r\nab\r\n", "frame TEXT", "The input ended inside the text; it was not run"),
        Case("ASK\r\n", "frame ASK", "The input ended where an answer was asked for"),
        // These inputs contain telnet commands (RFC 854): IP and DO TIMING-MARK, which a client sends for ^C; WILL 10,
        // whose option is an LF; a subnegotiation with an LF; and a doubled IAC. The last one has IAC in a literal.
        Case([0x41, 0xFF, 0xF4, 0xFF, 0xFD, 0x06, 0x42, 0x0A], "telnet [255, 252, 6]", "frame AB"),
        Case([0xFF, 0xFB, 0x0A, 0x58, 0x0A], "telnet [255, 254, 10]", "frame X"),
        Case([0xFF, 0xFA, 0x18, 0x0A, 0xFF, 0xF0, 0x58, 0x0A], "frame X"),
        Case([0x58, 0xFF, 0xFF, 0x0A], "Not UTF-8; send binary content as a literal"),
        Case([0x58, 0x20, 0x7B, 0x31, 0x2B, 0x7D, 0x0A, 0xFF, 0x0A], "frame X <\u{FFFD}>"),
    ]

    @Test("Each input becomes the expected frames and failures", arguments: cases)
    func whole(_ given: Case) {
        #expect(Self.events([given.input]) == given.events)
    }

    @Test("The events are the same if input arrives byte by byte or is cut anywhere", arguments: cases)
    func pieces(_ given: Case) {
        #expect(Self.events(given.input.map { [$0] }) == given.events)
        for cut in given.input.indices {
            #expect(Self.events([Array(given.input[..<cut]), Array(given.input[cut...])]) == given.events)
        }
    }

    @Test("Lines, texts and answers over the limit are refused, however they arrive")
    func limits() {
        let limits = Limits(line: 10, text: 10, literal: 100, discard: 100)
        let cases: [(String, [String])] = [
            ("0123456789\r\nX\r\n", ["frame 0123456789", "frame X"]),
            ("0123456789a\r\nX\r\n", ["Line too long; send long content as text or as a literal", "frame X"]),
            (
                String(repeating: "a", count: 90) + " {3+}\nabc more\nX\n",
                ["Line too long; send long content as text or as a literal", "frame X"]
            ),
            (
                "A {2+}\r\n\r\n {2+}\r\n\r\n 7890123\r\nX\r\n",
                ["Line too long; send long content as text or as a literal", "frame X"]
            ),
            ("TEXT\n01234\n6789\n.\nX\n", ["frame TEXT", "text \"01234\\n6789\"", "frame X"]),
            ("TEXT\n01234\n67890\n.\nX\n", ["frame TEXT", "Text too large; the limit is 10 bytes", "frame X"]),
            (
                "TEXT\n" + String(repeating: "a", count: 50) + "\n.\nX\n",
                ["frame TEXT", "Text too large; the limit is 10 bytes", "frame X"]
            ),
            (
                "ASK\n01234567890 {3+}\nabc\nX\n",
                ["frame ASK", "Line too long; send long content as text or as a literal", "frame abc", "frame X"]
            ),
        ]
        for (input, events) in cases {
            let bytes = Array(input.utf8)
            #expect(Self.events([bytes], limits: limits) == events)
            #expect(Self.events(bytes.map { [$0] }, limits: limits) == events)
        }
    }

    @Test("Outside unencrypted sessions 0xFF is an ordinary byte that is not UTF-8")
    func withoutTelnet() {
        #expect(
            Self.events([[0x58, 0xFF, 0xF4, 0x0A]], telnet: false)
                == ["Not UTF-8; send binary content as a literal"])
    }
}
