import NIOCore
import Testing

@testable import Wire

@Suite("STARTTLS, as a dialogue (RFC 3207)")
struct StartTLSTests {
    private static let yes = Answer(Reply(220, "2.0.0", "Begin TLS"), effect: .startTLS)
    private static let injected = [
        "> 554 5.5.1 Data came after STARTTLS before TLS was on; the session ends", "close",
    ]

    @Test("TLS begins after the reply, and nothing is read before that")
    func begins() {
        var session = Dialogue(privacy: .clear, offersTLS: true)
        #expect(session.say("STARTTLS\r\n") == ["> 220 2.0.0 Begin TLS", "tls"])
        #expect(session.machine.wantsInput == false)
        #expect(session.say("ECHO injected\r\n") == [])
        session.tlsBegan()
        #expect(session.machine.wantsInput && session.machine.privacy == .tls)
        #expect(session.say("ECHO a\r\n") == ["! 1 ECHO"])
    }

    @Test(
        "Bytes in clear after STARTTLS end the session and are not run (CVE-2011-0411)",
        arguments: ["ECHO injected\r\n", "E", "\r\n", "\u{0}", "ECHO\r\n", "LOGIN a {1+}\r\n", "STARTTLS\r\n"])
    func injection(_ behind: String) {
        var session = Dialogue(privacy: .clear, offersTLS: true)
        #expect(session.say("STARTTLS\r\n\(behind)") == Self.injected)
    }

    @Test(
        "Bytes in clear that arrive while STARTTLS waits end the session too",
        arguments: ["ECHO injected\r\n", "BARE\r\n", "x", "ECHO {3+}\r\n"])
    func lateInjection(_ behind: String) {
        var session = Dialogue(offersTLS: true)
        session.manifest = Sample.manifest(isPipelined: true)
        #expect(session.say("NAME a b\r\n") == ["! 0 NAME"])
        #expect(session.answer(0, Answer(.done("hello"), effect: .token("t"))) == ["> 250 2.0.0 hello"])
        #expect(session.say("ECHO a\r\nSTARTTLS\r\n") == ["! 1 ECHO"])
        #expect(session.say(behind) == [])
        #expect(session.answer(1, "a") == ["> 250 2.0.0 a"] + Self.injected)
    }

    @Test("A log-in and all earlier state end with STARTTLS")
    func forgets() {
        var session = Dialogue(offersTLS: true)
        #expect(session.say("NAME a b\n") == ["! 0 NAME"])
        #expect(session.answer(0, Answer(.done("hello"), effect: .token("t"))) == ["> 250 2.0.0 hello"])
        #expect(session.say("STARTTLS\n") == ["> 220 2.0.0 Begin TLS", "tls"])
        session.tlsBegan()
        #expect(session.machine.token == nil)
        // The first line after TLS decides which line end texts must have.
        #expect(session.say("ECHO\r\nx\r\n.\r\n").last == "! 3 ECHO")
    }

    @Test("Telnet commands are not removed from data under TLS")
    func telnet() {
        var session = Dialogue(privacy: .tls)
        #expect(
            session.say([0xFF, 0xF6] + Array("\r\n".utf8)) == [
                "> 500 5.5.2 Not UTF-8; send binary content as a literal"
            ])
    }

    @Test(
        "STARTTLS is offered and accepted if the server has a certificate and TLS is not on",
        arguments: [false, true])
    func offered(_ offersTLS: Bool) throws {
        let commands = SessionCommands(host: "gate.example", limits: .session, offersTLS: offersTLS)
        for (privacy, isOn) in [(Privacy.clear, false), (.local, false), (.tls, true)] {
            let manifest = Manifest([Sample.login], route: 1)
            let ehlo = commands.answer(try Request.own("EHLO x"), privacy, manifest).reply
            #expect(ehlo.lines.contains("STARTTLS") == (offersTLS && !isOn))
            #expect(ehlo.lines.contains("AUTH PLAIN LOGIN") == (privacy != .clear))
            let answer = commands.answer(try Request.own("STARTTLS"), privacy, manifest)
            #expect(answer == (isOn ? Answer(.tlsIsOn) : offersTLS ? Self.yes : Answer(.noTLS)))
        }
    }
}

@Suite("Secrets on an unencrypted connection")
struct EncryptionRequiredTests {
    private static let refusal = "> 538 5.7.11 Passwords and tokens need an encrypted connection; STARTTLS begins one"

    @Test(
        "A secret in clear is refused, even before the session asks for it",
        arguments: [
            "NAME a b\r\n", "NAME a\r\n", "CHECK TOKEN=t\r\n", "LOGIN a {8}\r\n", "LOGIN {1}\r\n", "AUTH PLAIN\r\n",
            "AUTH LOGIN\r\n", "AUTH PLAIN AGEAYg==\r\n",
        ])
    func refused(_ line: String) {
        var session = Dialogue(privacy: .clear)
        #expect(session.say(line) == [Self.refusal])
        #expect(session.say("BARE\r\n") == ["! 1 BARE"])
    }

    @Test("A request without a secret is not refused", arguments: ["ECHO x\r\n", "CHECK m x\r\n", "BARE\r\n"])
    func taken(_ line: String) {
        var session = Dialogue(privacy: .clear)
        #expect(session.say(line).first?.hasPrefix("! 0 ") == true)
    }

    @Test("Secrets are accepted under TLS and on this machine", arguments: [Privacy.tls, .local])
    func encrypted(_ privacy: Privacy) {
        var session = Dialogue(privacy: privacy)
        #expect(session.say("NAME a b\r\n") == ["! 0 NAME"])
    }
}
