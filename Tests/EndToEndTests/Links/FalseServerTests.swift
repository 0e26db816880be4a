import TestKit
import Testing

extension EndToEnd {
    @Suite("A server that sends invalid frames", .serialized)
    struct FalseServers {
        private static let yes = "250 2.0.0 yes\r\n"

        /// Answers one request with each of the cases, on a new link every time. Expects that the link ends, and that
        /// the client gets a reply that begins with `expected`.
        private static func expectEnds(
            _ cases: (_ lane: Int) -> [BadFrames.Case], reply expected: String = "451 4.4.2 "
        ) async throws {
            try await FalseSite.run { site, first in
                var link = first
                for place in cases(1).indices {
                    let (name, text) = cases(try await site.speak(on: link))[place]
                    try await link.write(text)
                    #expect(await link.isClosed(), "\(name)")
                    await link.close()
                    let reply = try await site.reply()
                    #expect(reply.hasPrefix(expected), "\(name): \(reply)")
                    try await site.client.expect("250 2.0.0 alice", to: "WHOAMI")
                    // The proxy opens a new link to the server and uses the server again.
                    link = try await site.link()
                }
                let warning = try await site.proxy.program.line { $0.contains("breaks the protocol") }
                #expect(warning.contains("\"level\":\"warning\""))
                try await link.write(frame(try await site.speak(on: link), yes))
                #expect(try await site.reply() == "250 2.0.0 yes")
                await link.close()
            }
        }

        @Test("A header that breaks the grammar ends the link")
        func headers() async throws {
            try await Self.expectEnds { lane in BadFrames.headers(lane, "250 2.0.0 x\r\n") }
        }

        @Test("A valid frame that belongs to another lane or end ends the link")
        func frames() async throws {
            try await Self.expectEnds { lane in
                [
                    ("a lane that was never opened", frame(lane + 1000, Self.yes)),
                    ("a token for a lane that was never opened", frame(lane + 1000, Self.yes, "TOKEN=stolen")),
                    ("a peer", frame(lane, Self.yes, "PEER=192.0.2.1:9")),
                    ("a user", frame(lane, Self.yes, "USER=alice")),
                    ("the end of a lane", frame(lane, "", "END")),
                    ("more room than there is", frame(lane, "", "WINDOW=1")),
                    ("another version", note("HELLO 1 false")),
                    ("many notes that mean nothing", String(repeating: note("FUTURE"), count: 10_001)),
                ]
            }
        }

        @Test("A second reply ends the link, after the first has reached its client")
        func twice() async throws {
            try await Self.expectEnds(
                { lane in
                    [
                        ("at once", frame(lane, Self.yes) + frame(lane, Self.yes)),
                        (
                            "in several frames",
                            frame(lane, Self.yes) + frame(lane, Self.yes, "MORE") + frame(lane, Self.yes)
                        ),
                    ]
                }, reply: "250 2.0.0 yes")
        }

        @Test("A payload that is not exactly one reply is an error for its client, and no other session notices")
        func replies() async throws {
            try await FalseSite.run { site, link in
                let others = [
                    ("nothing", ""), ("neither a letter nor a digit", "?\r\n"),
                    ("a request", "SIGN literal message=1\r\nx"),
                ]
                for (name, text) in BadFrames.replies + others {
                    try await link.write(frame(try await site.speak(on: link), text))
                    let reply = try await site.reply()
                    #expect(reply.hasPrefix("451 4.3.0 "), "\(name): \(reply)")
                    try await site.client.expect("250 2.0.0 alice", to: "WHOAMI")
                }
                try await link.write(frame(try await site.speak(on: link), Self.yes))
                #expect(try await site.reply() == "250 2.0.0 yes")
                await link.close()
            }
        }

        @Test("A truncated header or reply counts as the loss of the link")
        func cuts() async throws {
            try await FalseSite.run { site, first in
                var link = first
                for count in 1..<frame(1, Self.yes, "TOKEN=-").utf8.count {
                    let bytes = frame(try await site.speak(on: link), Self.yes, "TOKEN=-").utf8.prefix(count)
                    try await link.write(try #require(String(bytes)))
                    await link.close()
                    let reply = try await site.reply()
                    #expect(reply.hasPrefix("451 4.4.2 "), "\(count): \(reply)")
                    link = try await site.link()
                }
                await link.close()
            }
        }

        @Test("A session that closes while its request runs does not take another session's reply")
        func tombstone() async throws {
            try await FalseSite.run { site, link in
                let gone = try await Client(port: site.proxy.port)
                try await gone.write("SPEAK gone\r\n")
                let lane = try await link.message().lane
                await gone.socket.reset()
                let other = try await site.speak(on: link)
                #expect(lane != other)
                try await link.write(frame(lane, "250 2.0.0 for the one that went\r\n"))
                try await link.write(frame(other, "250 2.0.0 for the one that stayed\r\n"))
                #expect(try await site.client.reply() == ["250 2.0.0 for the one that stayed"])
                #expect(try await link.frame() == TestFrame(lane: lane, attributes: ["END"], bytes: []))
                await link.close()
            }
        }
    }
}
