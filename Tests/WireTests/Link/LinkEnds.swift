import NIOCore
import TestKit
import Testing

@testable import Wire

extension Answer {
    /// Makes an answer as a proxy receives it from a server.
    init(written text: String, effect: Effect? = nil) {
        self.init(WrittenReply(checking: ByteBuffer(string: text))!, effect: effect)
    }
}

/// The proxy's end of a link, or that of a plugin's host, with the output that it has written.
struct NearEnd: ~Copyable {
    var machine = UpstreamMachine()
    var out = Outbox()

    mutating func hear(_ texts: String...) throws -> [UpstreamMachine.Event] {
        var buffer = ByteBuffer(string: texts.joined())
        machine.received(&buffer)
        var events: [UpstreamMachine.Event] = []
        while let event = try machine.next(into: &out) { events.append(event) }
        return events
    }

    mutating func send(
        _ line: String, _ ticket: Ticket, lane: Lane, token: String? = nil, account: String? = nil
    ) throws {
        let caller = Caller(lane: lane, peer: "[::1]:9", token: token)
        _ = machine.send(try Request(line, Sample.echo), as: ticket, from: caller, account: account, into: &out)
    }

    mutating func written() -> String {
        out.takeJoined().text
    }

    /// Returns the announcement with which a server or a plugin begins.
    static func announcement(_ name: String, _ specs: CommandSpec...) -> String {
        frame(0, "HELLO 2 \(name)\r\n") + specs.map { frame(0, "COMMAND \($0.declaration)\r\n") }.joined()
            + frame(0, "READY\r\n")
    }

    static let hello = "220 s ready\r\n" + announcement("s", Sample.echo)

    /// Returns an end that has read the announcement of the other end.
    static func ready() throws -> NearEnd {
        var near = NearEnd()
        let events = try near.hear(hello)
        #expect(events == [.announced(name: "s", [Sample.echo])])
        #expect(near.written() == "* LINK 2\r\n")
        return near
    }
}

/// The server's end of a link.
struct FarEnd: ~Copyable {
    var machine = DownstreamMachine()
    var out = Outbox()
    var manifest = Sample.manifest()

    mutating func hear(_ texts: String...) throws -> [DownstreamMachine.Action] {
        var buffer = ByteBuffer(string: texts.joined())
        machine.received(&buffer)
        return try turn()
    }

    mutating func answer(_ lane: Lane, _ ticket: Ticket, _ answer: Answer) throws -> [DownstreamMachine.Action] {
        machine.answered(lane, ticket, answer)
        return try turn()
    }

    private mutating func turn() throws -> [DownstreamMachine.Action] {
        var actions: [DownstreamMachine.Action] = []
        while let action = try machine.next(manifest, into: &out) { actions.append(action) }
        return actions
    }

    mutating func written() -> String {
        out.takeJoined().text
    }

    static func respond(
        _ ticket: Ticket, _ line: String, lane: Lane, peer: String = "local", token: String? = nil
    ) throws -> DownstreamMachine.Action {
        .respond(ticket, try Request(line, Sample.echo), Caller(lane: lane, peer: peer, token: token))
    }
}

extension Answer {
    /// Takes the available part of the reply.
    ///
    /// - Returns: whether the reply is complete.
    func take(_ out: inout Outbox) -> Bool {
        guard case .arriving(let reply) = content else {
            write(form: .line, result: .plain, into: &out)
            return true
        }
        for part in reply.stream.take(upTo: .max) { out.write(body: part) }
        return reply.stream.isOver
    }
}
