import NIOCore
import Testing

@testable import Wire

@Suite("A session, as a dialogue")
struct SessionMachineTests {
    @Test("Before a log-in, requests run one at a time, in order")
    func beforeLogIn() {
        var session = Dialogue()
        #expect(session.say("ECHO a\r\nECHO b\r\n") == ["! 0 ECHO"])
        #expect(session.answer(0, "a") == ["> 250 2.0.0 a", "! 1 ECHO"])
        #expect(session.answer(1, "b") == ["> 250 2.0.0 b"])
    }

    @Test("After a log-in, requests to one ordered responder run together, and those to another wait")
    func pipelining() {
        var session = Dialogue()
        session.manifest = Sample.manifest(isPipelined: true)
        logIn(&session)
        #expect(session.say("ECHO a\r\nECHO b\r\nCHECK m x\r\nECHO c\r\n") == ["! 1 ECHO", "! 2 ECHO"])
        #expect(session.answer(2, "b") == [])
        #expect(session.answer(1, "a") == ["> 250 2.0.0 a", "> 250 2.0.0 b", "! 3 CHECK"])
        #expect(session.answer(3, "m") == ["> 250 2.0.0 m", "! 4 ECHO"])
    }

    @Test("A responder that does not keep order gets one request at a time")
    func exclusive() {
        var session = Dialogue()
        logIn(&session)
        #expect(session.say("ECHO a\r\nECHO b\r\n") == ["! 1 ECHO"])
        #expect(session.answer(1, "a") == ["> 250 2.0.0 a", "! 2 ECHO"])
    }

    @Test("Refusals keep their order among the replies")
    func refusals() {
        var session = Dialogue()
        session.manifest = Sample.manifest(isPipelined: true)
        logIn(&session)
        #expect(session.say("ECHO a\r\nNONSENSE\r\nECHO b\r\n") == ["! 1 ECHO", "! 3 ECHO"])
        #expect(session.answer(3, "b") == [])
        #expect(
            session.answer(1, "a")
                == ["> 250 2.0.0 a", "> 500 5.5.1 Unknown command; HELP lists them", "> 250 2.0.0 b"])
    }

    @Test("Requests after the end of a session are neither run nor answered")
    func quit() {
        var session = Dialogue()
        session.manifest = Sample.manifest(isPipelined: true)
        logIn(&session)
        #expect(session.say("ECHO a\r\nCHECK m x\r\nECHO b\r\nNONSENSE\r\nECHO c\r\n") == ["! 1 ECHO"])
        #expect(session.answer(1, "a") == ["> 250 2.0.0 a", "! 2 CHECK"])
        #expect(session.answer(2, Answer(Reply(221, "2.0.0", "Bye"), effect: .close)) == ["> 221 2.0.0 Bye", "close"])
        #expect(session.answer(3, "b") == [])
    }

    @Test("The session asks for a message, and its answer is sent as lines")
    func message() {
        var session = Dialogue()
        #expect(
            session.say("ECHO TO=bob\r\n") == ["> 354 Send the message, then a line that is a single dot"])
        #expect(session.say("one\r\n..two\r\n.\r\n") == ["! 1 ECHO"])
        let answer = Answer(.result(ByteBuffer(string: "one\n.two"), about: "FROM=bob"))
        #expect(
            session.answer(1, answer) == ["> 250-2.0.0 FROM=bob", "> 250-2.0.0 one", "> 250 2.0.0 .two"])
    }

    @Test("The session asks for a secret and then for a message, and * cancels")
    func prompts() {
        var session = Dialogue()
        let ask = "> 334 Send the password on a line of its own, or * to cancel"
        #expect(session.say("NAME bob\r\n") == [ask])
        #expect(session.say("*\r\n") == ["> 501 5.7.0 Cancelled"])
        #expect(session.say("NAME bob\r\npass word\r\nECHO x\r\n") == [ask, "! 3 NAME"])
    }

    @Test("A literal that waits gets 354 or a refusal, and one that does not wait is taken or discarded")
    func literals() {
        var session = Dialogue(unauthenticated: Limits(literal: 10, discard: 20))
        #expect(session.say("ECHO {5}\r\n") == ["> 354 Send the 5 bytes"])
        #expect(session.say("hello\r\n") == ["! 1 ECHO"])
        #expect(session.answer(1, Answer(.result(ByteBuffer(string: "hello")))) == ["> 250 2.0.0 {5}", "> hello"])
        #expect(session.say("ECHO {11}\r\n") == ["> 552 5.3.4 Literal too large; the limit is 10 bytes"])
        #expect(
            session.say("ECHO {11+}\r\nECHO x\r\nEC\r\n") == ["> 552 5.3.4 Literal too large; the limit is 10 bytes"])
        #expect(
            session.say("NAME {6+}\r\n123456 {5+}\r\n12345\r\n") == [
                "> 552 5.3.4 Literal too large; the limit is 10 bytes"
            ])
        #expect(session.say("NONSENSE {5}\r\n") == ["> 500 5.5.1 Unknown command; HELP lists them"])
        #expect(
            session.say("ECHO {21+}\r\nECHO x\r\n") == [
                "> 552 5.3.4 Literal too large; the limit is 10 bytes", "close",
            ])
    }

    @Test("A sealed message may be larger than the message in it")
    func roomForSealed() {
        var session = Dialogue(unauthenticated: Limits(text: 10, literal: 10))
        #expect(session.say("OPEN {65551}\r\n") == ["> 354 Send the 65551 bytes"])
        var other = Dialogue(unauthenticated: Limits(text: 10, literal: 10))
        #expect(other.say("OPEN {65552}\r\n") == ["> 552 5.3.4 Literal too large; the limit is 65551 bytes"])
        #expect(other.say("OPEN\r\n") == ["> 354 Send the sealed, then a line that is a single dot"])
        #expect(other.say(String(repeating: "x", count: 65551) + "\r\n.\r\n") == ["! 2 OPEN"])
    }

    @Test("The limits grow with the log-in, even for requests sent before its reply")
    func limits() {
        var session = Dialogue(full: Limits(literal: 100), unauthenticated: Limits(literal: 10, discard: 0))
        session.manifest = Sample.manifest(isPipelined: true)
        let long = String(repeating: "x", count: 50)
        #expect(session.say("ECHO a\r\nECHO {50+}\r\n\(long)\r\n") == ["! 0 ECHO"])
        #expect(session.answer(0, Answer(.done("in"), effect: .token("t"))) == ["> 250 2.0.0 in", "! 1 ECHO"])
        var refusing = Dialogue(full: Limits(literal: 100), unauthenticated: Limits(literal: 10, discard: 0))
        #expect(
            refusing.say("ECHO {50+}\r\n\(long)\r\n") == [
                "> 552 5.3.4 Literal too large; the limit is 10 bytes", "close",
            ])
    }

    @Test("No more requests are read than the pipeline holds")
    func room() {
        var session = Dialogue(full: Limits(pipeline: 2))
        session.manifest = Sample.manifest(isPipelined: true)
        logIn(&session)
        #expect(session.machine.wantsInput == true)
        #expect(session.say("ECHO a\r\nECHO b\r\nECHO c\r\n") == ["! 1 ECHO", "! 2 ECHO"])
        #expect(session.machine.wantsInput == false)
        #expect(session.answer(1, "a") == ["> 250 2.0.0 a", "! 3 ECHO"])
    }

    @Test("No more bytes are read than may wait, though one request is always accepted")
    func roomForBytes() {
        var session = Dialogue(full: Limits(waiting: 10))
        session.manifest = Sample.manifest(isPipelined: true)
        logIn(&session)
        #expect(session.say("ECHO 123456\r\nECHO 123456\r\nECHO x\r\n") == ["! 1 ECHO", "! 2 ECHO"])
        #expect(session.machine.wantsInput == false)
        #expect(session.answer(1, "a") == ["> 250 2.0.0 a", "! 3 ECHO"])
        #expect(session.machine.wantsInput == true)
    }

    @Test(
        "Requests before the end of input are still answered",
        arguments: [
            ("ECHO a", "501 5.5.2 The input ended inside a line; it was not run"),
            ("ECHO {3+}\r\na", "501 5.5.2 The input ended inside a literal; it was not run"),
        ])
    func inputEnded(_ rest: String, _ refusal: String) {
        var session = Dialogue()
        #expect(session.say("ECHO x\r\n\(rest)") == ["! 0 ECHO"])
        #expect(session.end() == [])
        #expect(session.answer(0, "x") == ["> 250 2.0.0 x", "> \(refusal)", "close"])
    }

    @Test("A stop finishes the running requests and then tells the client")
    func drain() {
        var session = Dialogue()
        #expect(session.say("ECHO a\r\n") == ["! 0 ECHO"])
        #expect(session.drain() == [])
        #expect(
            session.answer(0, "a") == ["> 250 2.0.0 a", "> 421 4.3.2 The server is stopping; connect again", "close"])
    }

    @Test("Each wait ends with its own reply")
    func timeOuts() {
        var idle = Dialogue()
        #expect(idle.machine.wait == .request)
        #expect(idle.timeOut() == ["> 421 4.4.2 Idle for too long; the session ends", "close"])
        var slow = Dialogue()
        #expect(slow.say("ECH") == [] && slow.machine.wait == .rest)
        #expect(slow.timeOut() == ["> 421 4.4.2 The request took too long to arrive; the session ends", "close"])
        var stuck = Dialogue()
        #expect(stuck.say("ECHO a\r\n") == ["! 0 ECHO"] && stuck.machine.wait == .reply)
        #expect(stuck.timeOut() == ["> 421 4.4.7 No answer from the server in time; the session ends", "close"])
        // The late answer is ignored.
        #expect(stuck.answer(0, "a") == [])
    }

    @Test("A log-in that is answered too late does not change the session's account")
    func lateToken() {
        var session = Dialogue()
        #expect(session.say("NAME a b\r\n") == ["! 0 NAME"])
        _ = session.timeOut()
        #expect(session.answer(0, Answer(.done("in"), effect: .token("t"))) == [])
        #expect(session.machine.token == nil)
    }

    @Test("An unknown command gets a temporary refusal until all servers have announced their commands")
    func notAnnounced() {
        var session = Dialogue()
        session.manifest.isComplete = false
        #expect(
            session.say("LATER\r\n") == [
                "> \(Failure.notAnnounced.code) \(Failure.notAnnounced.enhanced) \(Failure.notAnnounced.text)"
            ])
        #expect(session.say("GET / HTTP/1.1\r\nHost: x\r\n") == ["> 554 5.5.1 This is not a web server", "close"])
    }

    @Test("A session becomes a link only at a server that accepts links, and only at the first line")
    func links() {
        var server = SessionMachine(SessionCommands(host: "host", limits: .session), takesLinks: true)
        var input = ByteBuffer(string: "* LINK 2 badcafe\r\n#1 X\r\n")
        var output = Outbox()
        server.received(&input)
        #expect(server.next(Manifest(), into: &output) == .becomeLink(ByteBuffer(string: "#1 X\r\n"), id: 0xBAD_CAFE))
        for words in ["1 badcafe", "2 ", "2 x", "2 +1", "2 000badcafe", "2 badcafe x", "2  badcafe"] {
            server = SessionMachine(SessionCommands(host: "host", limits: .session), takesLinks: true)
            input = ByteBuffer(string: "* LINK \(words)\r\n#1 X\r\n")
            server.received(&input)
            #expect(server.next(Manifest(), into: &output) == .close)
            #expect(output.takeJoined().text == "554 5.5.4 This server speaks LINK 2\r\n", "\(words)")
        }
        var proxy = Dialogue()
        #expect(proxy.say("* LINK 2\r\n") == ["> 500 5.5.1 Unknown command; HELP lists them"])
    }

    @Test("A telnet interrupt is answered at once, in the middle of a line")
    func telnet() {
        var session = Dialogue()
        #expect(session.say([0x45, 0xFF, 0xF4, 0xFF, 0xFD, 0x06]) == ["> \u{FFFD}\u{FFFD}\u{6}"])
        #expect(session.say("CHO a\r\n") == ["! 0 ECHO"])
    }

    /// Logs the session in. This uses ticket 0.
    private func logIn(_ session: inout Dialogue) {
        #expect(session.say("NAME a b\r\n") == ["! 0 NAME"])
        #expect(session.answer(0, Answer(.done("in"), effect: .token("t"))) == ["> 250 2.0.0 in"])
    }
}
