import NIOCore
import TestKit
import Testing

@testable import Wire

@Suite("A lane and its session change identity together, however the link's bytes are cut")
struct LinkIdentityTests {
    /// Both ends of a link, and the bytes that the far end has written and the near end has not read.
    private struct Ends: ~Copyable {
        var near: NearEnd
        var far: FarEnd
        let answer: [UInt8]
    }

    /// Returns the ends after a LOGIN in lane 5. The lane acted with `alice`, and the server's answer gives the
    /// session the token `bob`.
    private static func logIn() throws -> Ends {
        var near = try NearEnd.ready()
        var far = FarEnd()
        let caller = Caller(lane: 5, peer: "[::1]:9", token: "alice")
        _ = near.machine.send(try Request("LOGIN bob {1+}\r\nx", Sample.login), as: 1, from: caller, into: &near.out)
        _ = try far.hear(near.written())
        _ = try far.answer(5, 0, Answer(Reply(235, "2.7.0", "in"), effect: .token("bob")))
        let answer = Array(far.out.takeJoined().readableBytesView)
        return Ends(near: near, far: far, answer: answer)
    }

    @Test("A request after a log-in belongs to the new account, even between the token and its reply")
    func pipelined() throws {
        let count = try Self.logIn().answer.count
        for cut in 0...count {
            var ends = try Self.logIn()
            var session = "alice"
            for piece in [ends.answer[..<cut], ends.answer[cut...]] {
                for event in try ends.near.hear(String(decoding: piece, as: UTF8.self)) {
                    if case .answered(_, let answer) = event, case .token(let token) = answer.effect { session = token }
                }
                try ends.near.send("ECHO a", 2, lane: 5, token: session)
                let written = ends.near.written()
                #expect(!written.contains("TOKEN"), "cut at \(cut)")
                let actions = try ends.far.hear(written)
                guard case .respond(let ticket, _, let caller)? = actions.last else {
                    Issue.record("no request: \(actions)")
                    return
                }
                #expect(caller.token == "bob", "cut at \(cut)")
                _ = try ends.far.answer(5, ticket, Answer(.done("a")))
            }
        }
    }

    @Test("A log-out by an earlier request does not cancel the token of a later frame")
    func beside() throws {
        var far = FarEnd()
        // The responder accepts several requests at once.
        far.manifest = Sample.manifest(isPipelined: true)
        var tokens: [String?] = []
        func note(_ actions: [DownstreamMachine.Action]) {
            for case .respond(_, _, let caller) in actions { tokens.append(caller.token) }
        }
        let bare = "BARE line\r\n"
        note(try far.hear(frame(1, bare, "PEER=local", "TOKEN=a") + frame(1, bare, "TOKEN=b")))
        note(try far.answer(1, 0, Answer(.done("a"), effect: .loggedOut)))
        note(try far.hear(frame(1, bare)))
        #expect(tokens == ["a", "b", "b"])
        note(try far.answer(1, 1, Answer(.done("a"), effect: .loggedOut)))
        note(try far.hear(frame(1, bare)))
        #expect(tokens == ["a", "b", "b", nil])
    }

    @Test("A token counts for its own request and later ones, however it arrives", arguments: 0...90)
    func lines(_ cut: Int) throws {
        let bare = "BARE line\r\n"
        let bytes = Array(
            (frame(1, bare, "PEER=local", "TOKEN=a") + frame(1, bare) + frame(1, bare, "TOKEN=b")).utf8)
        var far = FarEnd()
        var tokens: [String?] = []
        func note(_ actions: [DownstreamMachine.Action]) {
            for case .respond(_, _, let caller) in actions { tokens.append(caller.token) }
        }
        note(try far.hear(String(decoding: bytes.prefix(cut), as: UTF8.self)))
        note(try far.hear(String(decoding: bytes.dropFirst(cut), as: UTF8.self)))
        for ticket in 0..<3 { note(try far.answer(1, Ticket(UInt64(ticket)), Answer(.done("a")))) }
        #expect(tokens == ["a", "a", "b"])
    }

    /// Returns the tokens with which requests run. The server reads all frames of lane 1 at once, and the requests
    /// run one after another. `answers` has the effect of each answer.
    private static func tokens(_ frames: [String], _ answers: [Effect?]) throws -> [String?] {
        var far = FarEnd()
        var actions = try far.hear(frames.joined())
        var tokens: [String?] = []
        for (ticket, effect) in answers.enumerated() {
            guard case .respond(Ticket(UInt64(ticket)), _, let caller)? = actions.last else {
                Issue.record("no request: \(actions)")
                return tokens
            }
            tokens.append(caller.token)
            actions = try far.answer(1, Ticket(UInt64(ticket)), Answer(.done("a"), effect: effect))
        }
        return tokens
    }

    @Test("A log-in counts for later requests without a token, until the next log-in")
    func logIns() throws {
        let bare = "BARE line\r\n"
        let frames = [frame(1, bare, "PEER=local", "TOKEN=t"), frame(1, bare), frame(1, bare), frame(1, bare)]
        #expect(try Self.tokens(frames, [.token("a"), .token("b"), nil, .loggedOut]) == ["t", "a", "b", "b"])
        #expect(try Self.tokens(frames, [.token("a"), .loggedOut, nil, nil]) == ["t", "a", nil, nil])
        // A new address of the client does not affect its token.
        let moved = [frames[0], frame(1, bare, "PEER=192.0.2.1:9")]
        #expect(try Self.tokens(moved, [.token("a"), nil]) == ["t", "a"])
    }

    @Test("A late log-in affects neither a request with its own token nor the requests after it")
    func told() throws {
        let bare = "BARE line\r\n"
        let first = frame(1, bare, "PEER=local", "TOKEN=t")
        for effect in [Effect.token("old"), .loggedOut] {
            let frames = [first, frame(1, bare, "TOKEN=b"), frame(1, bare)]
            #expect(try Self.tokens(frames, [effect, nil, nil]) == ["t", "b", "b"])
            #expect(try Self.tokens(frames, [effect, .token("c"), nil]) == ["t", "b", "c"])
            #expect(try Self.tokens([first, frame(1, bare, "TOKEN=-")], [effect, nil]) == ["t", nil])
        }
        let between = [first, frame(1, bare), frame(1, bare, "TOKEN=b"), frame(1, bare)]
        #expect(try Self.tokens(between, [.token("a"), .token("c"), nil, nil]) == ["t", "a", "b", "b"])
    }

    @Test("The token of a refused request counts for the next request, unless that one has another token")
    func refused() throws {
        let bare = "BARE line\r\n"
        for (attributes, token) in [([], "b"), (["TOKEN=c"], "c")] as [([String], String)] {
            var far = FarEnd()
            _ = try far.hear(
                frame(1, bare, "PEER=local", "TOKEN=t"), frame(1, "NONSENSE line\r\n", "TOKEN=b"))
            _ = try far.answer(1, 0, Answer(.done("a"), effect: .token("a")))
            let text = attributes.first.map { frame(1, bare, $0) } ?? frame(1, bare)
            guard case .respond(2, _, let caller)? = try far.hear(text).last else {
                Issue.record("no request")
                return
            }
            #expect(caller.token == token)
        }
    }

    @Test("Both ends agree on the account of a lane if an answer arrives after its session stopped waiting")
    func abandoned() throws {
        for effect in [Effect.token("old"), .loggedOut, nil] {
            for (token, other) in [("new", nil), (nil, "new"), ("old", nil), (nil, nil)] as [(String?, String?)] {
                var near = try NearEnd.ready()
                var far = FarEnd()
                try near.send("ECHO a", 1, lane: 5, token: "t")
                _ = try far.hear(near.written())
                near.machine.lanes.abandon(5)
                try near.send("ECHO b", 2, lane: 5, token: token)
                _ = try far.hear(near.written())
                _ = try far.answer(5, 0, Answer(.done("late"), effect: effect))
                _ = try near.hear(far.written())
                _ = try far.answer(5, 1, Answer(.done("b")))
                _ = try near.hear(far.written())
                var callers: [String?] = []
                for (ticket, next) in [(2, other), (3, token), (4, token)] as [(Ticket, String?)] {
                    try near.send("ECHO c", ticket.advanced(by: 1), lane: 5, token: next)
                    guard case .respond(let number, _, let caller)? = try far.hear(near.written()).last else {
                        Issue.record("no request")
                        return
                    }
                    callers.append(caller.token)
                    _ = try far.answer(5, number, Answer(.done("c")))
                    _ = try near.hear(far.written())
                }
                #expect(callers == [other, token, token])
            }
        }
    }

    @Test(
        "A lane with a malformed address or token ends the link",
        arguments: [
            "", " PEER=x", " PEER=", " PEER", " PEER=192.0.2.1", " PEER=192.0.2.1:", " PEER=192.0.2.1:65536",
            " PEER=192.0.2.256:9", " PEER=2001:db8::1:9", " PEER=[192.0.2.1]:9", " PEER=[fe80::1%eth0]:9",
            " PEER=192.0.2.1:9 by x", " PEER=\"192.0.2.1:9\"", " PEER=local PEER=local", " PEER=local TOKEN=a b",
            " PEER=local TOKEN=a=b", " PEER=local TOKEN=", " PEER=local TOKEN={1+}", " PEER=localhost:9",
            " PEER=192.0.2.1:+9", " peer=local",
        ])
    func badLanes(_ attributes: String) {
        var far = FarEnd()
        #expect(throws: WireFault.self) { _ = try far.hear("#1 11\(attributes)\r\nBARE line\r\n") }
    }

    @Test(
        "The address of a client is read as it was written",
        arguments: ["192.0.2.1:9", "[2001:db8::1]:65535", "[::ffff:192.0.2.1]:1", "local"])
    func peers(_ peer: String) throws {
        var far = FarEnd()
        let actions = try far.hear(frame(1, "BARE line\r\n", "PEER=\(peer)"))
        guard case .respond(_, _, let caller)? = actions.last else {
            Issue.record("no request: \(actions)")
            return
        }
        #expect(caller.peer == peer)
    }

    @Test("An invalid token or account is not written, and the lane then acts for no account")
    func writing() {
        func written(_ change: (inout FrameHeader) -> Void) -> String {
            var (header, bytes) = (FrameHeader(lane: 1), ByteBuffer())
            change(&header)
            header.write(into: &bytes)
            return bytes.text
        }
        #expect(written { $0.token = .named("a TOKEN=b") } == frame(1, "", "TOKEN=-"))
        #expect(written { $0.token = .named("a.b-c_9") } == frame(1, "", "TOKEN=a.b-c_9"))
        #expect(written { $0.peer = "local\" TOKEN=x\r\n#2 0 END" } == frame(1, "", "PEER=[::]:0"))
        #expect(written { $0.user = .named("alice USER=bob") } == frame(1, "", "USER=-"))
        #expect(written { $0.user = .named("alice") } == frame(1, "", "USER=alice"))
        #expect(LinkNote.hello(2, name: "x\r\n#0 5").text == "HELLO 2 x??#0 5")
    }
}
