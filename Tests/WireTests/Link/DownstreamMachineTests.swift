import NIOCore
import TestKit
import Testing

@testable import Wire

@Suite("The server's end of a link, as dialogues")
struct DownstreamMachineTests {
    private static let a = "ECHO line message=1\r\na"

    @Test("Requests are ordered within a lane and parallel across lanes")
    func order() throws {
        var far = FarEnd()
        #expect(
            try far.hear(
                frame(1, Self.a, "PEER=local"), frame(1, "ECHO line message=1\r\nb"),
                frame(2, "ECHO line message=1\r\nc", "PEER=local")) == [
                    .began(lane: 1), FarEnd.respond(0, "ECHO a", lane: 1), .began(lane: 2),
                    FarEnd.respond(0, "ECHO c", lane: 2),
                ])
        #expect(try far.answer(2, 0, Answer(.done("c"))) == [])
        #expect(far.written() == frame(2, "250 2.0.0 c\r\n"))
        #expect(try far.answer(1, 0, Answer(.done("a"))) == [FarEnd.respond(1, "ECHO b", lane: 1)])
        #expect(far.written() == frame(1, "250 2.0.0 a\r\n"))
    }

    @Test("A lane has its announced peer and token, until a log-in brings a new token")
    func tokensOfLanes() throws {
        var far = FarEnd()
        #expect(
            try far.hear(frame(1, Self.a, "PEER=192.0.2.1:9", "TOKEN=t"), frame(1, Self.a), frame(1, Self.a)) == [
                .began(lane: 1), FarEnd.respond(0, "ECHO a", lane: 1, peer: "192.0.2.1:9", token: "t"),
            ])
        #expect(
            try far.answer(1, 0, Answer(.done("in"), effect: .token("new"))) == [
                FarEnd.respond(1, "ECHO a", lane: 1, peer: "192.0.2.1:9", token: "new")
            ])
        #expect(far.written() == frame(1, "250 2.0.0 in\r\n", "TOKEN=new"))
        #expect(
            try far.answer(1, 1, Answer(.done("out"), effect: .loggedOut)) == [
                FarEnd.respond(2, "ECHO a", lane: 1, peer: "192.0.2.1:9")
            ])
        #expect(far.written() == frame(1, "250 2.0.0 out\r\n", "TOKEN=-"))
    }

    @Test("An answer has the form in which the message of its request arrived")
    func forms() throws {
        var far = FarEnd()
        let body = Answer(.result(ByteBuffer(string: "x\ny")))
        for (form, text) in [
            ("line", "250-2.0.0 x\r\n250 2.0.0 y\r\n"), ("text", "250-2.0.0 x\r\n250 2.0.0 y\r\n"),
            ("literal", "250 2.0.0 {3}\r\nx\ny\r\n"),
        ] {
            guard
                case .respond(let ticket, _, _)? =
                    try far.hear(frame(1, "ECHO \(form) message=1\r\na", "PEER=local")).last
            else {
                Issue.record("no request")
                return
            }
            _ = try far.answer(1, ticket, body)
            #expect(far.written() == frame(1, text))
        }
    }

    @Test("A lane that ends is forgotten, and a refusal is sent on its own lane")
    func ends() throws {
        var far = FarEnd()
        #expect(
            try far.hear(
                frame(1, "NONSENSE line\r\n", "PEER=local"), frame(1, "ECHO line\r\n"), frame(1, "", "END"),
                frame(7, "", "END")) == [.began(lane: 1), .ended(lane: 1)])
        #expect(
            far.written() == frame(1, "500 5.5.1 Unknown command; HELP lists them\r\n")
                + frame(1, "501 5.5.4 Usage: ECHO [TO=to,...] message\r\n"))
        #expect(try far.answer(1, 0, Answer(.done("late"))) == [])
        #expect(far.machine.isDrained && far.machine.openLanes.isEmpty)
    }

    @Test("A lane with a running request or an unsent reply cannot be reused, so no other client gets its answer")
    func busyLanes() throws {
        for isAnswered in [false, true] {
            var far = FarEnd()
            _ = try far.hear(frame(1, Self.a, "PEER=192.0.2.1:9", "TOKEN=t"))
            if isAnswered {
                _ = try far.answer(1, 0, Answer(.result(ByteBuffer(repeating: 0x61, count: 1 << 20))))
                _ = far.machine.writeMore(into: &far.out)
            }
            #expect(throws: WireFault.self) {
                _ = try far.hear(frame(1, "", "END"), frame(1, Self.a, "PEER=192.0.2.2:9"))
            }
            #expect(far.machine.openLanes == [1])
        }
    }

    @Test("Many small requests are counted together, and are not read while no memory is available")
    func manySmall() throws {
        let memory = BodyMemory(limit: 1 << 20, largest: 1 << 20)
        var far = FarEnd(machine: DownstreamMachine(memory: memory))
        let message = String(repeating: "a", count: 60_000)
        let request = "ECHO line message=\(message.count)\r\n\(message)"
        let token = "TOKEN=" + String(repeating: "t", count: 8000)
        // The first request of each lane runs, and all the others wait for it.
        var actions: [DownstreamMachine.Action] = []
        for lane in 1...4 {
            actions += try far.hear(frame(lane, request, "PEER=local"))
            for _ in 0..<20 { actions += try far.hear(frame(lane, request, token)) }
        }
        #expect(far.machine.isFull && far.machine.hasInput)
        #expect(memory.taken < (1 << 20) + 2 * BodyMemory.smallest)
        var answered = 0
        while !actions.isEmpty {
            guard case .respond(let ticket, _, let caller) = actions.removeFirst() else { continue }
            answered += 1
            actions += try far.answer(caller.lane, ticket, Answer(.done("a")))
        }
        #expect(answered == 84 && !far.machine.isFull && !far.machine.hasInput)
        #expect(memory.taken == 0 && far.machine.isDrained)
    }

    @Test("A lane that ended grants no window to the next lane with its number")
    func windowsOfEndedLanes() throws {
        var far = FarEnd()
        let part = String(repeating: "a", count: 1 << 16)
        let begun = frame(1, part, "PEER=local", "MORE") + frame(1, part, "MORE")
        _ = try far.hear(begun, frame(1, "", "END"), frame(1, "NONSENSE line\r\n", "PEER=local"))
        #expect(!far.written().contains("WINDOW"))
    }

    @Test("A lane begins with its first request, and again after its end")
    func beginnings() throws {
        var far = FarEnd()
        let nonsense = frame(1, "NONSENSE line\r\n", "PEER=local")
        #expect(try far.hear(nonsense, frame(1, "X line\r\n"), nonsense) == [.began(lane: 1)])
        #expect(try far.hear(frame(1, "", "END"), nonsense) == [.ended(lane: 1), .began(lane: 1)])
    }

    @Test(
        "A malformed request is refused, and affects only its lane",
        arguments: [
            "", "\r\n", "ECHO", "ECHO\r\n", "ECHO line", "ECHO line\n", "ECHO tomes message=0\r\n",
            "ECHO line message\r\n", "ECHO line message=\r\n", "ECHO line message=01\r\na", "ECHO line message=2\r\na",
            "ECHO line message=0\r\na", "ECHO line  message=1\r\na", "ECHO line message=1 message=1\r\naa",
            "ECHO line other=1\r\na", "ECHO line message=18446744073709551617\r\na", "250 2.0.0 a\r\n",
            "echo line\r\n", "ECHO line to=1 message=1\r\n a", String(repeating: "A", count: 5000) + "\r\n",
            "NOOP line\r\n",
        ])
    func badRequests(_ payload: String) throws {
        var far = FarEnd()
        #expect(
            try far.hear(frame(1, payload, "PEER=local"), frame(2, Self.a, "PEER=local")) == [
                .began(lane: 1), .began(lane: 2), FarEnd.respond(0, "ECHO a", lane: 2),
            ])
        #expect(far.written().contains("\r\n50"))
    }

    @Test(
        "A malformed frame, or a frame for a wrong lane, ends the link",
        arguments: [
            "ECHO a\r\n", "#x 6\r\nECHO a", "#1\r\n", "*\r\n", frame(1, a), frame(1, a, "USER=alice"),
            frame(1, a, "PEER=local", "END"), frame(1, "", "END", "MORE"), frame(1, "", "END", "WINDOW=1"),
            "#1 131073 PEER=local\r\n",
            "#17592186044416 0\r\n", "#1 5\n",
        ])
    func downstreamFaults(_ text: String) {
        var far = FarEnd()
        #expect(throws: WireFault.self) { _ = try far.hear(text) }
    }
}
