import NIOCore
import TestKit
import Testing

@testable import Wire

@Suite("Both ends of a link, as dialogues")
struct LinkMachineTests {
    @Test("Both ends call a request the same, without a word about it")
    func names() throws {
        var near = NearEnd()
        near.machine = UpstreamMachine(id: 0xBAD_CAFE)
        _ = try near.hear(NearEnd.hello)
        #expect(near.written() == "* LINK 1 badcafe\r\n")
        var far = DownstreamMachine(number: 3, id: 0xBAD_CAFE)
        var out = Outbox()
        var named: [String] = []
        for (ticket, lane) in [(1, 5), (2, 5), (3, 6), (4, 5)] as [(UInt64, UInt64)] {
            let name = try #require(near.machine.nextID(in: lane)).description
            // The second is one that the server refuses: it is counted all the same.
            try near.send("ECHO a", ticket, lane: lane)
            var octets = ByteBuffer(string: near.written().replacing("ECHO", with: ticket == 2 ? "NOPE" : "ECHO"))
            far.received(&octets)
            while let action = try far.next(Sample.manifest(), into: &out) {
                guard case .respond(let ticket, _, let caller) = action else { continue }
                #expect(caller.request?.description == name)
                named.append(name)
                far.answered(caller.lane, ticket, Answer(.done("a")))
            }
        }
        #expect(named == ["0badcafe-5-1", "0badcafe-6-1", "0badcafe-5-3"])
    }

    @Test("What one end writes the other reads: announcements, requests, replies, effects")
    func together() throws {
        var near = NearEnd()
        var far = FarEnd()
        _ = try near.hear("220 s\r\n")
        #expect(near.written() == "* LINK 1\r\n")
        far.machine.announce("s", Sample.manifest(), into: &far.out)
        guard case .announced("s", let specs) = try #require(try near.hear(far.written()).first) else {
            Issue.record("no announcement")
            return
        }
        #expect(specs.map(\.declaration) == Sample.manifest().specs.filter { !$0.plugin.isEmpty }.map(\.declaration))
        try near.send("ECHO TO=bob \"* END 9\"", 1, lane: 9, token: "t")
        #expect(
            try far.hear(near.written()) == [
                .began(lane: 9), FarEnd.respond(0, "ECHO TO=bob {7+}\r\n* END 9", lane: 9, peer: "[::1]:9", token: "t"),
            ])
        let answer = Answer(.result(ByteBuffer(string: "#9 250 x\r\n"), about: "FROM=bob"), effect: .token("u"))
        #expect(try far.answer(9, 0, answer) == [])
        #expect(try near.hear(far.written()) == [.answered(1, answer)])
    }
}
