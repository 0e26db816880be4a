import NIOCore
import Testing

@testable import Wire

/// The exchanges come from RFC 4954 (section 4.1) and RFC 4616 (section 4). The names in them are ours.
@Suite("AUTH, as a dialogue")
struct AuthTests {
    /// The base64 form of "\0tim\0tanstaaftanstaaf", which RFC 4616 uses as an example.
    private static let plain = "AHRpbQB0YW5zdGFhZnRhbnN0YWFm"

    private static func request(_ text: String, _ session: inout Dialogue) throws -> Request? {
        var buffer = ByteBuffer(string: text)
        var output = Outbox()
        session.machine.received(&buffer)
        while let action = session.machine.next(session.manifest, into: &output) {
            if case .respond(_, let request) = action { return request }
        }
        return nil
    }

    @Test("PLAIN with an initial response is a LOGIN")
    func plainAtOnce() throws {
        var first = Dialogue(privacy: .tls)
        let request = try #require(try Self.request("AUTH PLAIN \(Self.plain)\r\n", &first))
        #expect(request.spec.verb == "LOGIN")
        #expect(request.words == ["tim", "tanstaaftanstaaf"])
        var session = Dialogue(privacy: .tls)
        #expect(session.say("auth plain \(Self.plain)\r\n") == ["! 0 LOGIN"])
        #expect(session.answer(0, Answer(Reply(235, "2.7.0", "Hello"))) == ["> 235 2.7.0 Hello"])
    }

    @Test("PLAIN without an initial response gets an empty challenge")
    func plainAsked() {
        var session = Dialogue(privacy: .tls)
        #expect(session.say("AUTH PLAIN\r\n") == ["> 334 "])
        #expect(session.say("\(Self.plain)\r\n") == ["! 1 LOGIN"])
    }

    @Test("LOGIN asks for name and password, or takes the name from its line")
    func login() {
        var session = Dialogue(privacy: .tls)
        #expect(session.say("AUTH LOGIN\r\n") == ["> 334 VXNlcm5hbWU6"])
        #expect(session.say("dGlt\r\n") == ["> 334 UGFzc3dvcmQ6"])
        #expect(session.say("dGFuc3RhYWZ0YW5zdGFhZg==\r\n") == ["! 2 LOGIN"])
        #expect(session.answer(2, "in") == ["> 250 2.0.0 in"])
        #expect(session.say("AUTH LOGIN dGlt\r\n") == ["> 334 UGFzc3dvcmQ6"])
        #expect(session.say("dGFuc3RhYWZ0YW5zdGFhZg==\r\n") == ["! 4 LOGIN"])
    }

    @Test("An authorization identity is accepted only if it equals the name")
    func authorization() {
        var session = Dialogue(privacy: .tls)
        #expect(session.say("AUTH PLAIN dGltAHRpbQB0YW5zdGFhZnRhbnN0YWFm\r\n") == ["! 0 LOGIN"])
        #expect(session.answer(0, "in") == ["> 250 2.0.0 in"])
        #expect(
            session.say("AUTH PLAIN a3VydAB0aW0AdGFuc3RhYWZ0YW5zdGFhZg==\r\n").first?.hasPrefix("> 501 5.5.2 ") == true)
    }

    @Test("* cancels, = is an empty response, and each error ends the exchange")
    func errors() {
        var session = Dialogue(privacy: .tls)
        #expect(session.say("AUTH LOGIN\r\n*\r\n").last == "> 501 5.7.0 Cancelled")
        #expect(session.say("AUTH PLAIN\r\n").last == "> 334 ")
        #expect(session.say("*\r\n").last == "> 501 5.7.0 Cancelled")
        #expect(session.say("AUTH PLAIN =\r\n").last?.hasPrefix("> 501 5.5.2 PLAIN takes ") == true)
        #expect(session.say("AUTH LOGIN =\r\n").last == "> 334 UGFzc3dvcmQ6")
        #expect(session.say("!\r\n").last == "> 501 5.5.2 Not in base64; the exchange ends")
        #expect(session.say("AUTH LOGIN\r\nAAA\r\n").last == "> 501 5.5.2 Not in base64; the exchange ends")
        // The exchange accepts an invalid name, and LOGIN refuses it later.
        #expect(session.say("AUTH LOGIN IA==\r\n").last == "> 334 UGFzc3dvcmQ6")
        #expect(session.say("dGFu\r\n").last?.hasPrefix("> 501 5.1.3 ") == true)
        #expect(session.say("BARE\r\n").last?.hasSuffix(" BARE") == true)
    }

    @Test("AUTH is refused at a site without LOGIN, and the end of input ends an exchange")
    func without() {
        var session = Dialogue(privacy: .tls)
        session.manifest = Manifest()
        #expect(session.say("AUTH PLAIN \(Self.plain)\r\n") == ["> 500 5.5.1 Unknown command; HELP lists them"])
        #expect(session.say("AUTH PLAIN\r\n") == ["> 334 "])
        #expect(session.end() == ["> 501 5.5.2 The input ended where an answer was asked for", "close"])
    }

    @Test("The longest name and password fit, and a longer answer is refused")
    func length() {
        var session = Dialogue(privacy: .tls)
        let answer = String(repeating: "QUFB", count: AuthExchange.answerLimit / 4)
        #expect(session.say("AUTH LOGIN\r\n").last == "> 334 VXNlcm5hbWU6")
        #expect(session.say("\(answer)\r\n").last == "> 334 UGFzc3dvcmQ6")
        #expect(session.say("\(answer)QUFB\r\n").last?.hasPrefix("> 500 5.5.2 Line too long") == true)
    }
}
