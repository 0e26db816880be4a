import TestKit
import Testing

extension EndToEnd {
    @Suite("Messages in several frames", .serialized)
    struct LargeFrames {
        private static let window = 262_144

        /// A proxy over the real servers and a false one, with a link from the false one and a session.
        private static func site(
            _ body: (_ proxy: LiveSite.Daemon, _ link: Conversation, _ client: Client) async throws -> Void
        ) async throws {
            try await LiveSite.run { site in
                let server = try FalseServer(patience: 30)
                let proxy = try await LiveSite.Daemon(
                    "clavero-proxy",
                    ["--threads", "1"]
                        + [server.port, site.auth.port, site.keys.port].flatMap { ["--upstream", "127.0.0.1:\($0)"] })
                try await Ready.wait(port: proxy.port, threads: 1)
                let link = try await server.link()
                let client = try await Client(port: proxy.port, as: "alice")
                async let reply = client.askLinked("SPEAK x")
                try await link.write(frame(try await link.message().lane, "250 2.0.0 yes\r\n"))
                #expect(try await reply == "250 2.0.0 yes")
                try await body(proxy, link, client)
                let other = try await Client(port: proxy.port, as: "bob")
                try await other.expect("250 2.0.0 bob", to: "WHOAMI")
                await link.close()
            }
        }

        /// A reply with a literal of so many octets, as the client reads it.
        private static func reply(_ count: Int) -> String {
            "250 2.0.0 {\(count)}\r\n\(String(repeating: "x", count: count))\r\n"
        }

        @Test("A large reply reaches its client whole, again and again, as the proxy gives room back")
        func replies() async throws {
            try await Self.site { _, link, client in
                var room = Self.window
                for count in [70_000, 1_000_000, 262_144, 1_000_000] {
                    try await client.write("SPEAK x\r\n")
                    var request = try #require(try await link.frame())
                    while request.octets.isEmpty {
                        room += request.window
                        request = try #require(try await link.frame())
                    }
                    async let literal = client.literal(behind: "250 2.0.0")
                    try await link.send(Self.reply(count), lane: request.lane, room: &room)
                    #expect(try await literal == Array(repeating: UInt8(ascii: "x"), count: count))
                    #expect(room <= Self.window)
                }
                try await client.expect("250 2.0.0 alice", to: "WHOAMI")
            }
        }

        @Test("A large reply that does not end, or not as it said, reaches no client as one", arguments: [false, true])
        func halves(_ isLost: Bool) async throws {
            try await Self.site { proxy, link, client in
                try await client.write("SPEAK x\r\n")
                let lane = try await link.message().lane
                let begin = try #require(String(Self.reply(200_000).utf8.prefix(60_000)))
                try await link.write(frame(lane, begin, "MORE"))
                if isLost { await link.close() } else { try await link.write(frame(lane, "250 2.0.0 yes\r\n")) }
                // The client may have read a part of it by then, and its session ends.
                var lines: [String] = []
                do {
                    while let line = try await client.line(), !line.hasPrefix("451 ") { lines.append(line) }
                } catch is Mismatch {}
                #expect(lines.isEmpty || lines == ["250 2.0.0 {200000}"])
                guard !isLost else { return }
                let other = try await Client(port: proxy.port)
                try await other.write("SPEAK x\r\n")
                try await link.write(frame(try await link.message().lane, "250 2.0.0 yes\r\n"))
                #expect(try await other.line() == "250 2.0.0 yes")
            }
        }

        @Test("A server that sends more than there is room for loses its link")
        func overrun() async throws {
            try await Self.site { proxy, link, client in
                // Nobody reads it, and no buffer of the kernel takes so much.
                try await client.write("SPEAK x\r\n")
                let lane = try await link.message().lane
                let part = frame(lane, String(repeating: "x", count: 65_536), "MORE")
                try await link.write(frame(lane, "250 2.0.0 {\(30 << 20)}\r\n", "MORE"))
                for _ in 0..<480 { try await link.write(part) }
                while try await link.frame() != nil {}
                _ = try await proxy.program.line { $0.contains("breaks the protocol") }
                await client.close()
            }
        }

        @Test("A large request reaches its server whole, again and again, as the server gives room back")
        func requests() async throws {
            try await LiveSite.run { site in
                let client = try await Client(port: site.port, as: "alice")
                let token = try await client.ask("TOKEN").after("250 2.0.0 ")
                let link = try await Conversation.link(to: site.keys.port)
                var room = Self.window
                var attributes = ["PEER=192.0.2.1:9", "TOKEN=\(token)"]
                for count in [70_000, 1_000_000, 262_144, 1_000_000] {
                    let message = String(repeating: "x", count: count)
                    let request = "SIGN literal message=\(count)\r\n\(message)"
                    try await link.send(request, lane: 7, attributes: attributes, room: &room)
                    attributes = []
                    var reply = try #require(try await link.frame())
                    while reply.octets.isEmpty {
                        room += reply.window
                        reply = try #require(try await link.frame())
                    }
                    let signature = try #require(reply.text.split(separator: "\r\n").last)
                    try await client.write("VERIFY \(signature) {\(count)+}\r\n\(message)\r\n")
                    #expect(try await client.line() == "250 2.0.0 alice signed this with key 1")
                    #expect(room <= Self.window)
                }
                await link.close()
            }
        }
    }
}
