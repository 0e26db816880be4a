import NIOCore
import Testing

@testable import Wire

@Suite("The refusals of the protocol")
struct RefusalTests {
    /// The input that causes each refusal. `END` ends the input, `TIME` lets the time limit pass, and `STOP` stops
    /// the daemon.
    private static let provocations: [(Failure, [String])] = [
        (.unknownVerb, ["NONSENSE\r\n"]),
        (.verbTooLong, ["ABCDEFGHIJKLMNOPQ\r\n"]),
        (.emptyLine, ["\r\n"]),
        (.leadingSpace, [" NAME a b\r\n"]),
        (.lineTooLong, [String(repeating: "x", count: 5000), "\r\n"]),
        (.nulInLine, ["ECHO \0\r\n"]),
        (.bareCR, ["ECHO \r.\r\n"]),
        (.textNotUTF8, ["ECHO\r\n", "\u{1}\r\n.\r\n"]),
        (.textControl, ["ECHO\r\n", "\0\r\n.\r\n"]),
        (.unterminatedQuote, ["ECHO \"\r\n"]),
        (.afterQuote, ["ECHO \"\"x\r\n"]),
        (.mixedMessage, ["ECHO x {1+}\r\n.\r\n"]),
        (.tooManyWords, ["BARE" + String(repeating: " w", count: 70) + "\r\n"]),
        (.doubledOption, ["ECHO TO=a TO=b\r\n"]),
        (.unknownOption, ["NAME X=y\r\n"]),
        (.badName, ["NAME ?\r\n"]),
        (.tooManyNames, ["ECHO TO=" + (0...256).map { "n\($0)" }.joined(separator: ",") + " x\r\n"]),
        (.emptyOption, ["ECHO TO=\r\n"]),
        (.literalTooLarge(64 << 10), ["ECHO {99999999}\r\n"]),
        (.textTooLarge(64 << 10), ["ECHO\r\n", String(repeating: "x", count: 70_000) + "\r\n.\r\n"]),
        (.mixedLineEnds, ["ECHO\r\n", "x\n"]),
        (.cancelled, ["NAME a\r\n", "*\r\n"]),
        (.endInLine, ["ECH", "END"]),
        (.endInLiteral, ["ECHO {1+}\r\n", "END"]),
        (.endInText, ["ECHO\r\n", "END"]),
        (.endInAnswer, ["NAME a\r\n", "END"]),
        (.httpSpoken, ["GET / HTTP/1.1\r\n"]),
        (.idle, ["TIME"]),
        (.tooSlow, ["ECH", "TIME"]),
        (.noAnswer, ["BARE\r\n", "TIME"]),
        (.stopping, ["STOP"]),
        (.notAnnounced, ["LATER\r\n"]),
        (.encryptionRequired, ["NAME a b\r\n"]),
        (.unknownMechanism, ["AUTH CRAM-MD5\r\n"]),
        (.notBase64, ["AUTH PLAIN AGE\r\n"]),
        (.badPlain, ["AUTH PLAIN YQ==\r\n"]),
    ]

    @Test("Each input gets its refusal")
    func refusals() {
        for (failure, steps) in Self.provocations {
            var session = Dialogue(
                unauthenticated: Limits(line: 4096, text: 64 << 10, literal: 64 << 10),
                privacy: failure == .encryptionRequired ? .clear : .local)
            session.manifest.isComplete = failure != .notAnnounced
            var last: [String] = []
            for step in steps {
                switch step {
                case "END": last = session.end()
                case "TIME": last = session.timeOut()
                case "STOP": last = session.drain()
                default: last = session.say(Array(step.utf8).map { $0 == 1 ? 0xFE : $0 })
                }
            }
            #expect(last.first == "> \(failure.code) \(failure.enhanced) \(failure.text)", "\(steps)")
        }
    }

    @Test("Every refusal is tested here, except those that have other tests")
    func complete() {
        let elsewhere: Set<Failure> = [
            .notUTF8, .serverDown, .serverBusy, .serverLost, .serverLostInMessage, .noTLS, .tlsIsOn, .sentBeforeTLS,
            .tooManySessions, .answerTooLarge, .memoryFull, .badReply,
        ]
        let met = Set(Self.provocations.map(\.0)).union(elsewhere)
        #expect(met == Set(Failure.ofTheProtocol + [.literalTooLarge(64 << 10), .textTooLarge(64 << 10)]))
    }

    @Test("Bytes that are not UTF-8 are refused on a line")
    func notUTF8() {
        var session = Dialogue()
        #expect(session.say([0x42, 0xFE, 0x0A]) == ["> 500 5.5.2 Not UTF-8; send binary content as a literal"])
    }
}
