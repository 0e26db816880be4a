import TestKit
import Testing

extension EndToEnd {
    @Suite("A server that sends what it may not", .serialized)
    struct FalseServers {
        private static let yes = "250 2.0.0 yes\r\n"

        /// A proxy over a real auth server and a false one, on one thread, with a session for each.
        private static func site(_ body: (FalseServer, LiveSite.Daemon, Client) async throws -> Void) async throws {
            try await LiveSite.run { site in
                let server = try FalseServer(patience: 20)
                let proxy = try await LiveSite.Daemon(
                    "clavero-proxy",
                    [
                        "--threads", "1", "--upstream", "127.0.0.1:\(server.port)", "--upstream",
                        "127.0.0.1:\(site.auth.port)", "--upstream", "127.0.0.1:\(site.keys.port)",
                    ])
                try await Ready.wait(port: proxy.port, threads: 1)
                let client = try await Client(port: proxy.port, as: "alice")
                try await body(server, proxy, client)
                try await client.expect("250 2.0.0 alice", to: "WHOAMI")
            }
        }

        /// Has the server answer each request with `cases`, every time on a new link, which has to end with that.
        private static func expectEnds(_ cases: (_ lane: Int) -> [BadFrames.Case], replies: [String] = ["451 4.4.2 "])
            async throws
        {
            try await site { server, proxy, client in
                for place in cases(1).indices {
                    let link = try await server.link()
                    async let reply = client.askLinked("SPEAK x")
                    let request = try await link.message()
                    #expect(request.line == "SPEAK line word=1")
                    let (name, text) = cases(request.lane)[place]
                    try await link.write(text)
                    #expect(await link.isClosed(), "\(name)")
                    await link.close()
                    let got = try await reply
                    #expect(replies.contains(where: got.hasPrefix), "\(name): \(got)")
                    try await client.expect("250 2.0.0 alice", to: "WHOAMI")
                }
                let warning = try await proxy.program.line { $0.contains("breaks the protocol") }
                #expect(warning.contains("\"level\":\"warning\""))
                // It comes back, and is served again.
                let link = try await server.link()
                async let reply = client.askLinked("SPEAK x")
                try await link.write(frame(try await link.message().lane, Self.yes))
                #expect(try await reply == "250 2.0.0 yes")
                await link.close()
            }
        }

        @Test("A header that breaks the grammar ends the link")
        func headers() async throws {
            try await Self.expectEnds { lane in BadFrames.headers(lane, "250 2.0.0 x\r\n") }
        }

        @Test("A frame that is right, but not for this lane or this end, ends the link")
        func frames() async throws {
            try await Self.expectEnds { lane in
                [
                    ("a lane that was never opened", frame(lane + 1000, Self.yes)),
                    ("a token for a lane that was never opened", frame(lane + 1000, Self.yes, "TOKEN=stolen")),
                    ("a request", frame(lane, "SIGN literal message=1\r\nx")),
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
                }, replies: ["250 2.0.0 yes"])
        }

        @Test("A reply that is not exactly one costs its client an error, and nobody else anything")
        func replies() async throws {
            try await Self.site { server, _, client in
                let link = try await server.link()
                for (name, text) in BadFrames.replies + [("nothing", ""), ("neither a letter nor a digit", "?\r\n")] {
                    async let reply = client.askLinked("SPEAK x")
                    try await link.write(frame(try await link.message().lane, text))
                    let got = try await reply
                    #expect(got.hasPrefix("451 4.3.0 "), "\(name): \(got)")
                    try await client.expect("250 2.0.0 alice", to: "WHOAMI")
                }
                async let reply = client.askLinked("SPEAK x")
                try await link.write(frame(try await link.message().lane, Self.yes))
                #expect(try await reply == "250 2.0.0 yes")
                await link.close()
            }
        }

        @Test("A header or a reply that is cut anywhere is the loss of the link")
        func cuts() async throws {
            try await Self.site { server, _, client in
                let whole = frame(1, Self.yes, "TOKEN=-").utf8.count
                for count in 1..<whole {
                    let link = try await server.link()
                    async let reply = client.askLinked("SPEAK x")
                    let octets = frame(try await link.message().lane, Self.yes, "TOKEN=-").utf8.prefix(count)
                    try await link.write(try #require(String(octets)))
                    await link.close()
                    let got = try await reply
                    #expect(got.hasPrefix("451 4.4.2 "), "\(count): \(got)")
                }
            }
        }

        @Test("A session that goes while its request is under way takes no other's reply")
        func tombstone() async throws {
            try await Self.site { server, proxy, client in
                let link = try await server.link()
                async let first = client.askLinked("SPEAK first")
                try await link.write(frame(try await link.message().lane, Self.yes))
                #expect(try await first == "250 2.0.0 yes")
                let gone = try await Client(port: proxy.port)
                try await gone.write("SPEAK gone\r\n")
                let lane = try await link.message().lane
                await gone.socket.reset()
                try await client.write("SPEAK here\r\n")
                let other = try await link.message().lane
                #expect(lane != other)
                try await link.write(frame(lane, "250 2.0.0 for the one that went\r\n"))
                try await link.write(frame(other, "250 2.0.0 for the one that stayed\r\n"))
                #expect(try await client.reply() == ["250 2.0.0 for the one that stayed"])
                #expect(try await link.frame() == LinkFrame(lane: lane, attributes: ["END"], octets: []))
                await link.close()
            }
        }
    }
}
