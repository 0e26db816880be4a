import NIOCore
import TestKit
import Testing

@testable import Wire

@Suite("A link to a plugin, as dialogues")
struct PluginLinkTests {
    private static let done = Answer(Reply(250, "2.0.0", "a"))

    private static func ready() throws -> NearEnd {
        var host = NearEnd(machine: UpstreamMachine(to: .plugin))
        #expect(
            try host.hear(NearEnd.announcement("p", Sample.echo)) == [.announced(name: "p", [Sample.echo])])
        return host
    }

    @Test("A plugin speaks first, and receives the account but never the token")
    func lanes() throws {
        var host = try Self.ready()
        #expect(host.written() == "")
        try host.send("ECHO a", 1, lane: 5, token: "secret")
        #expect(host.written() == frame(5, "ECHO line message=1\r\na", "PEER=[::1]:9"))
        try host.send("ECHO a", 2, lane: 5, token: "secret", account: "alice")
        #expect(host.written() == frame(5, "ECHO line message=1\r\na", "USER=alice"))
        try host.send("ECHO a", 3, lane: 5, token: "secret", account: "alice")
        #expect(host.written() == frame(5, "ECHO line message=1\r\na"))
        try host.send("ECHO a", 4, lane: 5, token: "secret")
        #expect(host.written() == frame(5, "ECHO line message=1\r\na", "USER=-"))
    }

    @Test("The first byte distinguishes a plugin's request from its answer")
    func asking() throws {
        var host = try Self.ready()
        try host.send("ECHO a", 1, lane: 5, token: "secret")
        let asked = "SIGN literal message=4\r\na\r\nb"
        #expect(try host.hear(frame(5, asked)) == [.asked(lane: 5, ByteBuffer(string: asked))])
        #expect(host.machine.lanes.isWaiting(in: 5) == true && host.machine.lanes.isWaiting(in: 6) == false)
        _ = host.written()
        host.machine.answer(ByteBuffer(string: "250 2.0.0 s\r\n"), in: 5, into: &host.out)
        #expect(host.written() == frame(5, "250 2.0.0 s\r\n"))
        #expect(try host.hear(frame(5, "250 2.0.0 a\r\n")) == [.answered(1, Self.done)])
        #expect(host.machine.lanes.isWaiting(in: 5) == false)
        #expect(throws: WireFault.self) { try host.hear(frame(6, "SIGN line\r\n")) }
    }

    @Test("A request from a server is treated as a bad reply")
    func servers() throws {
        var near = try NearEnd.ready()
        try near.send("ECHO a", 1, lane: 5)
        #expect(try near.hear(frame(5, "SIGN line\r\n")) == [.answered(1, Answer(.badReply))])
    }

    @Test("Each message of a plugin is one frame, even a long one, and changes no log-in")
    func limits() throws {
        var host = try Self.ready()
        try host.send("ECHO a", 1, lane: 5, token: "secret")
        let body = String(repeating: "x", count: 1 << 20)
        #expect(
            try host.hear(frame(5, "250 2.0.0 {\(body.count)}\r\n\(body)\r\n"))
                == [.answered(1, Answer(.result(ByteBuffer(string: body))))])
        for attribute in ["TOKEN=stolen", "USER=alice", "PEER=local", "MORE", "END"] {
            var other = try Self.ready()
            try other.send("ECHO a", 1, lane: 5, token: "secret")
            #expect(throws: WireFault.self) { try other.hear(frame(5, "250 2.0.0 a\r\n", attribute)) }
        }
        _ = host.machine.send(
            try Request(Sample.echo, [ByteBuffer(string: body)]), as: 2,
            from: Caller(lane: 6, peer: "local", token: nil), into: &host.out)
        #expect(host.written().hasSuffix(frame(6, "ECHO line message=\(body.count)\r\n\(body)", "PEER=local")))
    }

    @Test("A plugin gets no request that is longer than a frame of its link")
    func longest() throws {
        var host = NearEnd(machine: UpstreamMachine(to: .plugin, mostUnwritten: 1 << 30))
        _ = try host.hear(NearEnd.announcement("p", Sample.echo))
        let caller = Caller(lane: 6, peer: "local", token: nil)
        let head = "ECHO line message=33554400\r\n".utf8.count
        for (count, isTaken) in [(32 << 20, false), ((32 << 20) - head, true)] {
            let request = try Request(Sample.echo, [ByteBuffer(repeating: 0, count: count)])
            #expect(host.machine.isShort(request) == isTaken)
            #expect(host.machine.send(request, as: 1, from: caller, into: &host.out) == isTaken)
        }
        #expect(host.machine.lanes.waiting(in: 6) == 1)
    }

    @Test("A plugin's answer is encoded again for the client, or refused if it is not a reply")
    func badReplies() throws {
        var host = try Self.ready()
        for (payload, answer) in [
            ("250 2.0.0 a\r\n", Self.done),
            ("250-2.0.0 a\r\n250 2.0.0 b\r\n", Answer(Reply(250, "2.0.0", ["a", "b"]))),
            ("250 2.0.0 a\r\n250 2.0.0 b\r\n", Answer(.badReply)), ("250 2.0.0 {3}\r\nab", Answer(.badReply)),
            ("", Answer(.badReply)), ("250 2.0.0 a", Answer(.badReply)), ("9", Answer(.badReply)),
        ] {
            try host.send("ECHO a", 1, lane: 5)
            #expect(try host.hear(frame(5, payload)) == [.answered(1, answer)], "\(payload)")
        }
    }

    @Test("A plugin may announce itself again between its answers")
    func again() throws {
        var host = try Self.ready()
        try host.send("ECHO a", 1, lane: 5, token: "secret")
        let events = try host.hear(
            frame(0, "HELLO 2 p"), frame(0, "COMMAND \(Sample.bare.declaration)\n"), frame(5, "250 2.0.0 a\r\n"),
            frame(0, "READY"))
        #expect(events == [.answered(1, Self.done), .announced(name: "p", [Sample.bare])])
        #expect(host.machine.isReady == true)
    }

    @Test("A header without an end is a fault when it becomes too long")
    func endless() throws {
        var host = try Self.ready()
        #expect(throws: WireFault.self) { try host.hear("#" + String(repeating: "1", count: 20_000)) }
    }
}
