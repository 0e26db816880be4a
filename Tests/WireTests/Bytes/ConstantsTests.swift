import Testing

@testable import Wire

/// NOOP and RSET without arguments are answered on a fast path around the full parser. Clients must not notice a
/// difference.
@Suite("Requests whose answers are always the same")
struct ConstantsTests {
    private static let ok = "> 250 2.0.0 OK"

    @Test(
        "A constant request alone on a line is answered at once", arguments: ["NOOP", "RSET", "noop", "rSeT"],
        ["\r\n", "\n"])
    func alone(_ verb: String, _ end: String) {
        var session = Dialogue()
        #expect(session.say(verb + end) == [Self.ok])
        #expect(session.machine.progress == 1)
        #expect(session.say("\(verb)\(end)RSET\(end)\(verb)\(end)") == [Self.ok, Self.ok, Self.ok])
        #expect(session.machine.progress == 4)
        #expect(session.say("BARE" + end) == ["! 0 BARE"])
    }

    @Test("A constant request after an unanswered one waits for it")
    func order() {
        var newcomer = Dialogue()
        #expect(newcomer.say("ECHO a\r\nNOOP\r\nECHO b\r\nRSET\r\n") == ["! 0 ECHO"])
        #expect(newcomer.say("NOOP\r\n") == [])
        #expect(newcomer.answer(0, "a") == ["> 250 2.0.0 a", Self.ok, "! 1 ECHO"])
        #expect(newcomer.answer(1, "b") == ["> 250 2.0.0 b", Self.ok, Self.ok])
        var user = Dialogue()
        user.manifest = Sample.manifest(isPipelined: true)
        #expect(user.say("NAME a b\r\n") == ["! 0 NAME"])
        #expect(user.answer(0, Answer(.done("in"), effect: .token("t"))) == ["> 250 2.0.0 in"])
        #expect(user.say("ECHO a\r\nNOOP\r\nECHO b\r\n") == ["! 1 ECHO"])
        #expect(user.say("NOOP\r\n") == [])
        #expect(user.answer(1, "a") == ["> 250 2.0.0 a", Self.ok, "! 3 ECHO"])
        #expect(user.answer(3, "b") == ["> 250 2.0.0 b", Self.ok])
    }

    @Test("A constant request with anything else on its line takes the general path")
    func arguments() {
        var session = Dialogue()
        #expect(session.say("NOOP hello\r\n") == [Self.ok])
        #expect(session.say("NOOP \r\n") == [Self.ok])
        #expect(session.say("RSET x\r\n") == ["> 501 5.5.4 Usage: RSET"])
        #expect(session.say("NOOP\r\r\n") == ["> \(Failure.bareCR.reply.code) 5.5.2 \(Failure.bareCR.text)"])
        for other in ["NOO\r\n", "NOOPS\r\n", " NOOP\r\n", "NOOP\tx\r\n", "NOOPNOOPNOOPNOOPNOOP\r\n"] {
            let replies = session.say(other)
            #expect(replies.count == 1 && replies[0].hasPrefix("> 500 5.5."), "\(other): \(replies)")
        }
        #expect(session.say("NOOP\r\n") == [Self.ok])
    }

    /// A client sends IP and DO TIMING-MARK for ^C. The second is answered with WONT (RFC 854, RFC 860).
    @Test("Telnet commands before a constant request are removed, and answered first")
    func telnet() {
        var session = Dialogue()
        #expect(
            session.say([0xFF, 0xF4, 0xFF, 0xFD, 0x06] + Array("NOOP\r\n".utf8)) == [
                "> \u{FFFD}\u{FFFD}\u{6}250 2.0.0 OK"
            ])
        // The command of telnet is inside a line that has already begun, and this line is not NOOP.
        #expect(session.say(Array("RE".utf8) + [0xFF, 0xF4]) == [])
        #expect(session.say("NOOP\r\n") == ["> 500 5.5.1 Unknown command; HELP lists them"])
        #expect(session.say([0xFF]) == [])
        #expect(session.say([0xF4] + Array("RSET\r\n".utf8)).last?.hasSuffix("250 2.0.0 OK") == true)
    }

    @Test(
        "A constant request that arrives in pieces gets the same answer",
        arguments: [
            ("NOOP\r\nBARE\n", [ok, "! 0 BARE"]), ("RSET\nNOOP\r\nnoop\nECHO a\n", [ok, ok, ok, "! 0 ECHO"]),
            (
                "ECHO TO=bob\r\nNOOP\r\n.\r\nNOOP\r\n",
                ["> 354 Send the message, then a line that is a single dot", "! 1 ECHO"]
            ),
            ("ECHO {6+}\r\nNOOP\r\n\r\nNOOP\r\n", ["! 0 ECHO"]), ("NOOP x\r\n", [ok]),
            ("NOPE\r\nNOOP\r\nBARE\r\n", ["> 500 5.5.1 Unknown command; HELP lists them", ok, "! 1 BARE"]),
        ])
    func cuts(_ input: String, _ expected: [String]) {
        let bytes = Array(input.utf8)
        for cut in 0...bytes.count {
            var session = Dialogue()
            #expect(session.say(Array(bytes[..<cut])) + session.say(Array(bytes[cut...])) == expected, "at \(cut)")
        }
        var session = Dialogue()
        #expect(bytes.flatMap { session.say([$0]) } == expected)
    }

    @Test("An answer to a prompt is never treated as a command")
    func prompts() {
        var session = Dialogue()
        #expect(session.say("NAME bob\r\n").first?.hasPrefix("> 334 ") == true)
        #expect(session.say("NOOP\r\n") == ["! 1 NAME"])
        var text = Dialogue()
        #expect(text.say("ECHO TO=bob\r\n").first?.hasPrefix("> 354 ") == true)
        #expect(text.say("NOOP\r\n") == [])
        #expect(text.say(".\r\n") == ["! 1 ECHO"])
        // The content of a discarded literal, or of the line after a literal, is not a command either.
        var refusing = Dialogue(unauthenticated: Limits(literal: 10, discard: 20))
        #expect(refusing.say("ECHO {12+}\r\n") == [])
        #expect(refusing.say("NOOP\r\nRSET\r\n") == [])
        #expect(refusing.say("\r\n") == ["> 552 5.3.4 Literal too large; the limit is 10 bytes"])
        var whole = Dialogue()
        var parts = Dialogue()
        let refused = whole.say("CHECK {3+}\r\nbobNOOP\r\n")
        #expect(parts.say("CHECK {3+}\r\nbob") == [])
        #expect(parts.say("NOOP\r\n") == refused && refused != [Self.ok])
    }

    @Test("A constant request on a session's first line decides how its lines end")
    func lineEnds() {
        for (first, rest) in [("NOOP\r\n", "\n"), ("RSET\n", "\r\n")] {
            var session = Dialogue()
            #expect(session.say(first) == [Self.ok])
            #expect(session.say("ECHO TO=bob\(rest)").first?.hasPrefix("> 354 ") == true)
            let end = session.say("a\(rest).\(rest)")
            #expect(end.count == 2 && end.last == "close")
            #expect(end.first?.contains("line ends differ") == true)
        }
    }
}
