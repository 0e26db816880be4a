import Armor
import NIOCore
import TestKit
import Testing

@testable import Wire

@Suite("The memory for bodies")
struct BodyMemoryTests {
    private static let kibibyte = 1024
    private static let refusal = "> 452 4.3.1 Too many messages are being worked on now; try again later"

    /// Returns a token for the account in the form that the auth server issues.
    private static func token(of account: String, _ serial: Int) -> String {
        ["{}", "{\"iss\":\"s\",\"sub\":\"\(account)\",\"jti\":\"\(serial)\"}", "signature"]
            .map { Base64URL.encode(Array($0.utf8)) }.joined(separator: ".")
    }

    private static func session(
        _ memory: BodyMemory, as account: String? = "alice", serial: Int = 0, from peer: String = "192.0.2.1:1"
    ) -> Dialogue {
        var session = Dialogue(unauthenticated: .session, memory: memory, peer: peer)
        session.manifest = Sample.manifest(isPipelined: true)
        guard let account else { return session }
        _ = session.say("NAME a b\r\n")
        _ = session.answer(0, Answer(.done("in"), effect: .token(token(of: account, serial))))
        return session
    }

    private static func literal(_ count: Int) -> String { String(repeating: "x", count: count) + "\r\n" }

    @Test("Memory is taken when a literal is announced, and returned when the answer has left")
    func whole() {
        let memory = BodyMemory(limit: 1 << 20, largest: 1 << 20)
        var session = Self.session(memory)
        let count = 100 * Self.kibibyte
        #expect(session.say("ECHO {\(count)}\r\n") == ["> 354 Send the \(count) bytes"])
        #expect(memory.taken >= count && memory.taken < count + 100)
        _ = session.settle()
        #expect(memory.taken >= count)
        #expect(session.say(Self.literal(count)) == ["! 2 ECHO"])
        _ = session.settle()
        #expect(memory.taken >= count)
        _ = session.answer(2, Answer(.result(ByteBuffer(repeating: 0x78, count: count))))
        #expect(session.settle(unwritten: count) == true)
        #expect(memory.taken >= count)
        #expect(session.settle() == false)
        #expect(memory.taken == 0)
    }

    @Test("A literal over the bound is refused, and if it does not wait it is skipped, however long it is")
    func refused() {
        let memory = BodyMemory(limit: 300 * Self.kibibyte, largest: 300 * Self.kibibyte)
        var first = Self.session(memory, as: "alice")
        let count = 200 * Self.kibibyte
        _ = first.say("ECHO {\(count)}\r\n")
        var second = Self.session(memory, as: "bob", from: "198.51.100.1:1")
        #expect(second.say("ECHO {\(count)}\r\n") == [Self.refusal])
        let long = 3 << 20
        #expect(second.say("ECHO {\(long)+}\r\n") == [])
        #expect(second.say(Self.literal(long) + "NOOP\r\n") == [Self.refusal, "> 250 2.0.0 OK"])
        // A small request is never refused.
        #expect(second.say("ECHO {1000+}\r\n" + Self.literal(1000)).last?.hasSuffix(" ECHO") == true)
    }

    @Test("Several literals of one request are counted together")
    func several() {
        let memory = BodyMemory(limit: 100 * Self.kibibyte, largest: 100 * Self.kibibyte)
        var session = Self.session(memory)
        let count = 60 * Self.kibibyte
        #expect(session.say("ECHO {\(count)}\r\n").first?.hasPrefix("> 354 ") == true)
        #expect(memory.taken == 0)
        #expect(session.say(String(repeating: "x", count: count) + " {\(count)}\r\n") == [Self.refusal])
    }

    @Test("A text is counted as it grows, and refused at its end if memory ran out")
    func text() {
        let memory = BodyMemory(limit: 200 * Self.kibibyte, largest: 200 * Self.kibibyte)
        var session = Self.session(memory)
        #expect(session.say("ECHO\r\n").first?.hasPrefix("> 354 ") == true)
        let line = String(repeating: "x", count: 1022) + "\r\n"
        _ = session.say(String(repeating: line, count: 50))
        #expect(memory.taken == 0)
        _ = session.say(String(repeating: line, count: 50))
        #expect(memory.taken > 90 * Self.kibibyte)
        _ = session.say(String(repeating: line, count: 200))
        _ = session.settle()
        #expect(memory.taken == 0)
        #expect(session.say(line + ".\r\nNOOP\r\n") == [Self.refusal, "> 250 2.0.0 OK"])
    }

    /// A class that holds a session, because an array cannot contain noncopyable values.
    private final class Session {
        private var session: Dialogue

        init(_ session: consuming Dialogue) {
            self.session = session
        }

        /// Returns whether the session accepts a literal of `count` bytes.
        func goesOn(_ count: Int) -> Bool { session.say("ECHO {\(count)}\r\n")[0].hasPrefix("> 354 ") }
    }

    @Test("All sessions of an account get a quarter of the memory, and those of a network half")
    func shares() {
        let memory = BodyMemory(limit: 1 << 20, largest: 64 * Self.kibibyte)
        let count = 100 * Self.kibibyte
        let held = (0..<3).map { Session(Self.session(memory, as: "alice", serial: $0, from: "192.0.2.\($0):1")) }
        #expect(held.map { $0.goesOn(count) } == [true, true, false])
        let others = (0..<6).map { Session(Self.session(memory, as: "user\($0)", from: "[2001:db8::\($0)]:1")) }
        #expect(others.map { $0.goesOn(count) } == [true, true, true, true, true, false])
    }

    @Test("A session that ended returns all its memory")
    func gone() {
        let memory = BodyMemory(limit: 1 << 20, largest: 1 << 20)
        do {
            var session = Self.session(memory)
            _ = session.say("ECHO {100000}\r\n")
            #expect(memory.taken > 0)
        }
        #expect(memory.taken == 0)
    }

    @Test("Many small requests wait while memory is short, and none is refused")
    func small() {
        let memory = BodyMemory(limit: 150 * Self.kibibyte, largest: 150 * Self.kibibyte)
        var session = Self.session(memory)
        let request = "ECHO {30000+}\r\n" + Self.literal(30_000)
        let started = session.say(String(repeating: request, count: 20))
        #expect(started.count < 10 && started.allSatisfy { $0.hasPrefix("! ") })
        var answered = 0
        var waiting = started.count
        while waiting > 0 {
            let more = session.answer(Ticket(UInt64(answered + 1)), "x")
            answered += 1
            _ = session.settle()
            waiting += more.count { $0.hasPrefix("! ") } - 1
        }
        #expect(answered == 20)
    }

    @Test("On a link, unfinished messages count from their first byte")
    func parts() throws {
        let memory = BodyMemory(limit: 256 * Self.kibibyte, largest: 256 * Self.kibibyte)
        var far = FarEnd(machine: DownstreamMachine(memory: memory))
        for lane in 1...6 { _ = try far.hear(frame(lane, "ECHO", "PEER=192.0.2.\(lane):1", "MORE")) }
        #expect(memory.taken == 256 * Self.kibibyte)
        for lane in 1...6 { _ = try far.hear(frame(lane, " line message=1\r\nx")) }
        let refused = frame(5, "452 4.3.1 \(Failure.memoryFull.text)\r\n")
        #expect(far.written() == refused + refused.replacing("#5", with: "#6") && memory.taken == 256 * Self.kibibyte)
        for lane in 1...4 { _ = try far.answer(Lane(UInt64(lane)), 0, Answer(.done("x"))) }
        #expect(memory.taken == 0)
    }

    @Test("On a link, a message without memory is refused on its lane, and the link continues")
    func link() throws {
        let memory = BodyMemory(limit: 100 * Self.kibibyte, largest: 100 * Self.kibibyte)
        var machine = DownstreamMachine(memory: memory)
        func say(_ text: String) throws -> [DownstreamMachine.Action] {
            var bytes = ByteBuffer(string: text)
            machine.received(&bytes)
            return try actions()
        }
        var out = Outbox()
        func actions() throws -> [DownstreamMachine.Action] {
            var actions: [DownstreamMachine.Action] = []
            while let action = try machine.next(Sample.manifest(), into: &out) { actions.append(action) }
            return actions
        }
        let count = 80 * Self.kibibyte
        let body = "ECHO line message=\(count)\r\n" + String(repeating: "x", count: count)
        let (start, rest) = (String(body.prefix(50_000)), String(body.dropFirst(50_000)))
        let first = try say(frame(7, start, "PEER=local", "MORE") + frame(7, rest))
        guard case .respond(let ticket, _, let caller)? = first.last else { throw WireFault("not given") }
        #expect(memory.taken >= count)
        #expect(try say(frame(8, start, "PEER=local", "MORE")) == [.began(lane: 8)])
        #expect(try say(frame(8, rest) + frame(7, "BARE line\r\n")) == [])
        #expect(out.takeJoined().text == frame(8, "452 4.3.1 \(Failure.memoryFull.text)\r\n"))
        // A long answer holds its memory until its last bytes are written.
        machine.answered(caller.lane, ticket, Answer(.result(ByteBuffer(repeating: 0x78, count: 300_000))))
        _ = try actions()
        func write() { while machine.writeMore(into: &out) { _ = out.takeJoined() } }
        write()
        #expect(memory.taken >= count)
        _ = try say(frame(7, "", "WINDOW=131072"))
        write()
        #expect(memory.taken == 0)
    }
}
