import NIOCore
import TestKit
import Testing

@testable import Wire

/// One turn of a session or link is limited by the number and the size of the requests, whatever they are.
@Suite("The turn of a session or link")
struct TurnTests {
    /// Lets the machine take turns until it has nothing to do. Returns the number of answers and bytes in each turn.
    private static func turns(_ session: inout Dialogue) -> [(answered: Int, bytes: Int)] {
        var turns: [(Int, Int)] = []
        while true {
            var budget = TurnBudget()
            var output = Outbox()
            _ = session.machine.next(Manifest(), into: &output, &budget)
            let bytes = output.takeJoined()
            let answered = bytes.readableBytesView.count { $0 == UInt8(ascii: "\n") }
            if answered > 0 { turns.append((answered, bytes.readableBytes)) }
            guard budget.isOver else { return turns }
        }
    }

    private static func session(_ text: String, loggedIn: Bool) -> Dialogue {
        var dialogue = Dialogue()
        if loggedIn {
            _ = dialogue.say("NAME a b\r\n")
            _ = dialogue.answer(0, Answer(.done("in"), effect: .token("t")))
        }
        var bytes = ByteBuffer(string: text)
        dialogue.machine.received(&bytes)
        return dialogue
    }

    @Test("A turn of a logged-in session ends after 64 requests, or four thousand constant ones")
    func requests() {
        var users = Self.session(String(repeating: "HELO x\r\n", count: 1000), loggedIn: true)
        let turns = Self.turns(&users)
        #expect(turns.reduce(0) { $0 + $1.answered } == 1000)
        #expect(turns.allSatisfy { $0.answered <= 64 } && turns.count >= 15)
        var constants = Self.session(String(repeating: "NOOP\r\n", count: 20_000), loggedIn: true)
        let short = Self.turns(&constants).map { $0.bytes / "250 2.0.0 OK\r\n".utf8.count }
        #expect(short.reduce(0, +) == 20_000)
        #expect(short.allSatisfy { $0 <= 4096 })
    }

    @Test(
        "A turn before a log-in ends with the reply that makes the output longer than 16 KiB",
        arguments: ["COMMANDS", "HELP", "NOOP", "EHLO x", "HELP LOGIN", "RSET x"])
    func beforeLogIn(_ line: String) {
        var session = Self.session(String(repeating: line + "\r\n", count: 6000), loggedIn: false)
        var budget = TurnBudget(1_000_000)
        var output = Outbox()
        #expect(session.machine.next(Sample.manifest(), into: &output, &budget) == nil)
        let longest = 8192
        #expect(budget.isOver && output.count > 16 << 10 && output.count < (16 << 10) + longest)
    }

    @Test("A turn of a link ends after dozens of requests, and later turns answer the rest")
    func link() throws {
        let lines = (1...1000).map { frame(UInt64($0 % 7 + 1), "BARE line\r\n", "PEER=local") }.joined()
        var machine = DownstreamMachine(input: ByteBuffer(string: lines))
        var counts: [Int] = []
        while true {
            var (budget, count) = (TurnBudget(), 0)
            var out = Outbox()
            while let action = try machine.next(Sample.manifest(), into: &out, &budget) {
                guard case .respond(let ticket, _, let caller) = action else { continue }
                machine.answered(caller.lane, ticket, Answer(.done("x")))
                count += 1
            }
            counts.append(count)
            guard budget.isOver else { break }
        }
        #expect(counts.reduce(0, +) == 1000)
        #expect(counts.allSatisfy { $0 <= 64 }, "\(counts)")
    }

    @Test("A long request takes more of a turn than a short one")
    func long() {
        let words = String(repeating: "x", count: 4000)
        var session = Self.session(String(repeating: "HELO \(words)\r\n", count: 100), loggedIn: true)
        #expect(Self.turns(&session).allSatisfy { $0.answered <= 14 })
    }
}

@Suite("Kept answers")
struct KeptAnswerTests {
    private let commands = SessionCommands(host: "s", limits: .session, offersTLS: true)

    private func kept(
        _ line: String, _ manifest: Manifest, _ privacy: Privacy = .local
    ) throws -> ByteBuffer {
        let answer = commands.answer(try Request.own(line), privacy, manifest)
        guard case .written(let written) = answer.content else { throw WireFault("not kept") }
        return written.bytes
    }

    /// Returns the address of the bytes. Two equal addresses show that the bytes were encoded only once.
    private static func place(_ bytes: ByteBuffer) -> UnsafeRawPointer? {
        bytes.withUnsafeReadableBytes { $0.baseAddress }
    }

    @Test("The answers of COMMANDS, HELP and EHLO are encoded once for each manifest")
    func once() throws {
        var manifest = Manifest([Sample.echo], route: 1)
        for line in ["COMMANDS", "HELP", "HELP ECHO", "help echo", "HELP NOOP", "EHLO x"] {
            let first = try kept(line, manifest)
            #expect(Self.place(try kept(line, manifest)) == Self.place(first))
        }
        let ehlo = try kept("EHLO x", manifest)
        #expect(Self.place(try kept("EHLO y", manifest)) == Self.place(ehlo))
        #expect(try kept("EHLO x", manifest, .clear) != kept("EHLO x", manifest, .tls))
        let (list, help) = (try kept("COMMANDS", manifest), try kept("HELP", manifest))
        manifest.add(Manifest.Entry(Sample.seal, route: 1))
        #expect(try kept("COMMANDS", manifest).text.contains("SEAL"))
        #expect(try kept("COMMANDS", manifest) != list && kept("HELP", manifest) != help)
    }

    @Test("An answer about an unknown command is not kept, because clients could fill the memory with it")
    func unknown() throws {
        #expect(throws: WireFault.self) { try kept("HELP NOBODY", Manifest()) }
    }
}

@Suite("One deadline for a whole request")
struct RequestDeadlineTests {
    /// Passes text to the session. Returns its wait and its progress afterwards. The time limit continues as long as
    /// the progress does not change.
    private static func state(
        _ session: inout Dialogue, _ text: String
    ) -> (wait: SessionMachine.Wait, progress: UInt32) {
        _ = session.say(text)
        return (session.machine.wait, session.machine.progress)
    }

    @Test(
        "The deadline does not restart with a literal, a text or an answer to a prompt",
        arguments: [
            ["ECHO TO={3}\r\n", "bob {3}\r\n", "ab", "c"], ["ECHO TO=bob\r\n", "one\r\n", "two\r\n"],
            ["NAME bob\r\n", "pass"], ["ECHO {2}\r\n", "a"],
        ])
    func parts(_ parts: [String]) {
        var session = Dialogue()
        _ = session.say("NOOP\r\n")
        #expect(Self.state(&session, "E").wait == .rest)
        session = Dialogue()
        for part in parts {
            let (wait, progress) = Self.state(&session, part)
            #expect(wait == .rest && progress == 0, "\(part)")
        }
        #expect(session.timeOut() == ["> 421 4.4.2 The request took too long to arrive; the session ends", "close"])
    }

    @Test("The next request has a deadline of its own")
    func next() {
        var session = Dialogue()
        #expect(Self.state(&session, "NOOP\r\nNO") == (.rest, 1))
        #expect(Self.state(&session, "OP\r\nNO") == (.rest, 2))
        #expect(Self.state(&session, "OP\r\n") == (.request, 3))
    }

    @Test("All arrived bytes are counted, wherever they are kept")
    func arrived() {
        var session = Dialogue()
        _ = session.say("ECHO {1000}\r\n" + String(repeating: "x", count: 600))
        #expect(session.machine.arrived == 605)
        var text = Dialogue()
        _ = text.say("ECHO TO=bob\r\none\r\ntwo\r\nth")
        #expect(text.machine.arrived == "one\ntwoth".utf8.count + "bob".utf8.count)
    }
}
