import NIOCore
import TestKit
import Testing

@testable import Wire

@Suite("A link to a plugin, as dialogues")
struct PluginLinkTests {
    private static let hello = "* HELLO 1 p\r\n* COMMAND \(Sample.echo.declaration)\r\n* READY\r\n"

    private static func ready() throws -> NearEnd {
        var host = NearEnd(machine: UpstreamMachine(to: .plugin))
        #expect(try host.hear(hello) == [.announced(name: "p", [Sample.echo])])
        return host
    }

    @Test("It speaks first, and is told an account, never a token")
    func lanes() throws {
        var host = try Self.ready()
        #expect(host.written() == "")
        try host.send("ECHO a", 1, lane: 5, token: "secret")
        #expect(host.written() == "* LANE 5 PEER=\"[::1]:9\"\r\n#5 ECHO {1+}\r\na\r\n")
        try host.send("ECHO a", 2, lane: 5, token: "secret", account: "alice")
        #expect(host.written() == "* LANE 5 PEER=\"[::1]:9\" USER=alice\r\n#5 ECHO {1+}\r\na\r\n")
        try host.send("ECHO a", 3, lane: 5, token: "secret", account: "alice")
        #expect(host.written() == "#5 ECHO {1+}\r\na\r\n")
        try host.send("ECHO a", 4, lane: 5, token: "secret")
        #expect(host.written() == "* LANE 5 PEER=\"[::1]:9\"\r\n#5 ECHO {1+}\r\na\r\n")
    }

    @Test("What it asks is told from what it answers by the first octet behind the lane")
    func asking() throws {
        var host = try Self.ready()
        try host.send("ECHO a", 1, lane: 5, token: "secret")
        let asked = Frame(
            head: ByteBuffer(string: "SIGN "),
            tails: [.init(literal: ByteBuffer(string: "a\r\nb"), text: ByteBuffer())])
        #expect(try host.hear("#5 SIGN {4+}\r\na\r\nb\r\n") == [.asked(lane: 5, asked)])
        #expect(try host.hear("#5 SIGN {4}\r\na\r\nb\r\n") == [.asked(lane: 5, asked)])
        #expect(host.machine.isWaiting(in: 5) && !host.machine.isWaiting(in: 6))
        #expect(try host.hear("#5 250 2.0.0 a\r\n") == [.answered(1, Answer(.done("a")))])
        #expect(!host.machine.isWaiting(in: 5))
        #expect(throws: WireFault.self) { try host.hear("#6 SIGN x\r\n") }
    }

    @Test("A server may not ask")
    func servers() throws {
        var machine = UpstreamMachine()
        var out = Outbox()
        var buffer = ByteBuffer(string: "220 s ready\r\n\(Self.hello)#5 SIGN x\r\n")
        machine.received(&buffer)
        #expect(throws: WireFault.self) { while try machine.next(into: &out) != nil {} }
    }

    @Test("It changes nobody's log-in: what a server says of tokens is passed over")
    func tokens() throws {
        var host = try Self.ready()
        try host.send("ECHO a", 1, lane: 5, token: "secret")
        #expect(
            try host.hear("* TOKEN 5 stolen\r\n* TOKEN 5\r\n* TOKEN 7 x\r\n* TOKEN x\r\n* LANE 7\r\n#5 250 2.0.0 a\r\n")
                == [.answered(1, Answer(.done("a")))])
    }

    @Test("It may announce itself again, between its answers")
    func again() throws {
        var host = try Self.ready()
        try host.send("ECHO a", 1, lane: 5, token: "secret")
        let bare = "* HELLO 1 p\r\n* COMMAND \(Sample.bare.declaration)\r\n#5 250 2.0.0 a\r\n* READY\r\n"
        #expect(
            try host.hear(bare) == [.answered(1, Answer(.done("a"))), .announced(name: "p", [Sample.bare])])
        #expect(host.machine.isReady)
    }

    @Test("Lines that mean nothing are passed over, but not without end")
    func unknown() throws {
        var host = try Self.ready()
        #expect(try host.hear(String(repeating: "* FUTURE x\r\n", count: 10_000)) == [])
        #expect(throws: WireFault.self) { try host.hear("* FUTURE x\r\n") }
    }

    @Test("A line without an end is a fault as soon as it is too long")
    func endless() throws {
        var host = try Self.ready()
        #expect(throws: WireFault.self) { try host.hear(String(repeating: "x", count: 70_000)) }
    }
}
