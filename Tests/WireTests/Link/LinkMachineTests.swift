import NIOCore
import TestKit
import Testing

@testable import Wire

@Suite("Both ends of a link, as dialogues")
struct LinkMachineTests {
    @Test("Both ends give a request the same name without exchanging it")
    func names() throws {
        var near = NearEnd()
        near.machine = UpstreamMachine(id: 0xBAD_CAFE)
        _ = try near.hear(NearEnd.hello)
        #expect(near.written() == "* LINK 2 badcafe\r\n")
        var far = DownstreamMachine(number: 3, id: 0xBAD_CAFE)
        var out = Outbox()
        var named: [String] = []
        for (ticket, lane) in [(1, 5), (2, 5), (3, 6), (4, 5)] as [(Ticket, Lane)] {
            let id = near.machine.nextID(in: lane)
            let name = try #require(id).description
            // The server refuses the second request, and still counts it.
            try near.send("ECHO a", ticket, lane: lane)
            var bytes = ByteBuffer(string: near.written().replacing("ECHO", with: ticket == 2 ? "NOPE" : "ECHO"))
            far.received(&bytes)
            while let action = try far.next(Sample.manifest(), into: &out) {
                guard case .respond(let ticket, let request, let caller) = action else { continue }
                #expect(request.id?.description == name)
                named.append(name)
                far.answered(caller.lane, ticket, Answer(.done("a")))
            }
        }
        #expect(named == ["0badcafe-5-1", "0badcafe-6-1", "0badcafe-5-3"])
    }

    @Test("Each end reads what the other writes: announcements, requests, replies, effects")
    func together() throws {
        var near = NearEnd()
        var far = FarEnd()
        _ = try near.hear("220 s\r\n")
        #expect(near.written() == "* LINK 2\r\n")
        far.machine.announce("s", Sample.manifest(), into: &far.out)
        guard case .announced("s", let specs) = try #require(try near.hear(far.written()).first) else {
            Issue.record("no announcement")
            return
        }
        #expect(specs.map(\.declaration) == Sample.manifest().specs.filter { !$0.plugin.isEmpty }.map(\.declaration))
        try near.send("ECHO TO=bob \"#9 0 END\"", 1, lane: 9, token: "t")
        #expect(
            try far.hear(near.written()) == [
                .began(lane: 9), FarEnd.respond(0, "ECHO TO=bob \"#9 0 END\"", lane: 9, peer: "[::1]:9", token: "t"),
            ])
        let answer = Answer(.result(ByteBuffer(string: "#9 250 x\r\n"), about: "FROM=bob"), effect: .token("u"))
        #expect(try far.answer(9, 0, answer) == [])
        #expect(
            try near.hear(far.written()) == [
                .answered(1, Answer(written: "250 2.0.0 FROM=bob {10}\r\n#9 250 x\r\n\r\n", effect: .token("u")))
            ])
    }
}

@Suite("Long messages on a link, in both directions")
struct LongMessageTests {
    /// Sends a message of `count` bytes and answers it with the same bytes. Returns the headers of all frames, and
    /// whether both messages arrived unchanged.
    private static func exchange(_ count: Int) throws -> (frames: [String], isSame: Bool) {
        let body = String((0..<count).map { _ in "abcdefgh\n".randomElement()! })
        var near = try NearEnd.ready()
        var far = FarEnd()
        let frame = RequestLine(
            head: ByteBuffer(string: "ECHO "), tails: [.init(literal: ByteBuffer(string: body), text: ByteBuffer())])
        _ = near.machine.send(
            try Request(frame, for: Manifest.Entry(Sample.echo), words: 8), as: 1,
            from: Caller(lane: 5, peer: "local", token: nil), into: &near.out)
        var (frames, request, answer): ([String], Request?, Answer?) = ([], nil, nil)
        var reply = Outbox()
        while answer.map({ $0.take(&reply) }) != true {
            _ = near.machine.wake(5, into: &near.out)
            _ = near.machine.writeMore(into: &near.out)
            var actions = try far.hear(note(near.written(), &frames))
            _ = far.machine.writeMore(into: &far.out)
            if case .respond(_, let asked, let caller)? = actions.last {
                request = asked
                actions = try far.answer(caller.lane, 0, Answer(.result(asked.values[1]!.bytes)))
                #expect(actions == [])
            }
            for case .answered(1, let heard) in try near.hear(note(far.written(), &frames)) { answer = heard }
        }
        _ = near.machine.wake(5, into: &near.out)
        _ = try note(near.written(), &frames)
        #expect(near.machine.held == 0 && far.machine.isDrained)
        return (
            frames, request?.values[1]?.bytes.text == body && Reply(reading: reply.takeJoined())?.body?.text == body
        )
    }

    /// Adds the headers of the frames in `text` to `frames`. Returns the text.
    private static func note(_ text: String, _ frames: inout [String]) throws -> String {
        var (reader, buffer) = (FrameReader(longest: 1 << 20), ByteBuffer(string: text))
        while let frame = try reader.next(&buffer) {
            var bytes = ByteBuffer()
            frame.header.write(into: &bytes)
            frames.append(bytes.text)
        }
        return text
    }

    @Test("A message of more than 64 KiB is sent in several frames, as far as the window allows")
    func windows() throws {
        let (frames, isSame) = try Self.exchange(300_000)
        #expect(isSame)
        #expect(frames.filter { $0.contains(" MORE") }.count == 8)
        #expect(frames.filter { $0.contains("WINDOW=") }.count == 4)
        #expect(frames.first == "#5 65536 PEER=local MORE\r\n")
    }

    @Test(
        "Messages about as long as a frame or a window arrive complete",
        arguments: [65_500, 65_510, 65_536, 262_100, 262_144, 262_145, 900_000])
    func lengths(_ count: Int) throws {
        #expect(try Self.exchange(count).isSame)
    }

    @Test("The output of a blocked link exceeds its bound by at most one request")
    func unwritten() throws {
        var near = NearEnd(machine: UpstreamMachine(mostUnwritten: 1 << 20))
        _ = try near.hear(NearEnd.hello)
        let caller = Caller(lane: 5, peer: "local", token: nil)
        for count in [1 << 14, 1 << 17] {
            let request = try Request(Sample.echo, [ByteBuffer(repeating: 0x61, count: count)])
            var sent = 0
            while near.machine.send(request, as: Ticket(UInt64(sent)), from: caller, into: &near.out) { sent += 1 }
            let most = (1 << 20) + request.messageSize
            #expect(sent > 0 && near.out.count < most + 100 * sent && near.machine.held < most)
            _ = near.written()
        }
    }

    @Test("Small messages of other lanes go between the frames of a long one, and those of its lane follow it")
    func order() throws {
        var near = try NearEnd.ready()
        let body = ByteBuffer(repeating: UInt8(ascii: "x"), count: 1 << 20)
        _ = near.machine.send(
            try Request(Sample.echo, [body]), as: 1, from: Caller(lane: 5, peer: "local", token: nil), into: &near.out)
        try near.send("ECHO a", 2, lane: 5)
        try near.send("ECHO b", 3, lane: 6)
        var headers: [String] = []
        var buffer = near.out.takeJoined()
        var reader = FrameReader(longest: 1 << 20)
        while let frame = try reader.next(&buffer) { headers.append("\(frame.header.lane) \(frame.header.hasMore)") }
        #expect(headers == ["5 true", "5 true", "6 false"])
        #expect(near.machine.held > 900_000)
        near.machine.ended(5, into: &near.out)
        _ = near.machine.lost()
        #expect(near.machine.held == 0)
    }

    @Test(
        "A receiver refuses frames that cannot be part of a message",
        arguments: [
            frame(1, "a", "PEER=local", "MORE") + frame(1, "b", "TOKEN=x"), frame(1, "a", "PEER=local", "MORE", "END"),
            frame(1, "BARE line\r\n", "PEER=local") + frame(1, "", "WINDOW=1"),
            String(repeating: frame(1, String(repeating: "x", count: 100_000), "PEER=local", "MORE"), count: 1)
                + String(repeating: frame(1, String(repeating: "x", count: 100_000), "MORE"), count: 2),
        ])
    func faults(_ text: String) throws {
        var far = DownstreamMachine()
        var out = Outbox()
        var budget = TurnBudget(1 << 30)
        var bytes = ByteBuffer(string: text)
        far.received(&bytes)
        #expect(throws: WireFault.self) { while try far.next(Sample.manifest(), into: &out, &budget) != nil {} }
    }

    @Test("An endless message affects only its lane")
    func endless() throws {
        var far = FarEnd()
        #expect(try far.hear(frame(1, "BARE", "PEER=local", "MORE")) == [.began(lane: 1)])
        #expect(
            try far.hear(frame(2, "BARE line\r\n", "PEER=local"), frame(1, "", "MORE")).count == 2)
        #expect(try far.hear(frame(1, " line\r\n")).count == 1)
        _ = try far.answer(1, 0, Answer(.done("a")))
        #expect(try far.hear(frame(1, "BARE", "MORE"), frame(1, "", "END")) == [.ended(lane: 1)])
    }
}
