import TestKit
import Testing

extension EndToEnd {
    @Suite("Messages in several frames", .serialized)
    struct LargeFrames {
        private static let window = 262_144

        /// Returns a reply with a literal of `count` bytes, as the client reads it.
        private static func reply(_ count: Int) -> String {
            "250 2.0.0 {\(count)}\r\n\(String(repeating: "x", count: count))\r\n"
        }

        private static func read(_ count: Int, from socket: SocketTransport) async throws -> [UInt8] {
            var bytes: [UInt8] = []
            while bytes.count < count, let more = try await socket.read() { bytes += more }
            return bytes
        }

        @Test("Large replies reach their client whole while the proxy grants more of the window")
        func replies() async throws {
            try await FalseSite.run { site, link in
                var room = Self.window
                let socket = site.client.socket
                for count in [70_000, 1_000_000, 262_144, 1_000_000] {
                    try await site.client.write("SPEAK x\r\n")
                    var request = try #require(try await link.frame())
                    while request.bytes.isEmpty {
                        room += request.window
                        request = try #require(try await link.frame())
                    }
                    let reply = Self.reply(count)
                    async let bytes = Self.read(reply.utf8.count, from: socket)
                    try await link.send(reply, lane: request.lane, room: &room)
                    #expect(try await bytes == Array(reply.utf8))
                    #expect(room <= Self.window)
                }
                await link.close()
            }
        }

        @Test(
            "A large reply that does not end, or ends wrongly, reaches no client as a complete one",
            arguments: [false, true])
        func halves(_ isLost: Bool) async throws {
            try await FalseSite.run { site, link in
                let other = try await Client(port: site.proxy.port)
                try await other.write("SPEAK x\r\n")
                let lane = try await link.message().lane
                let begin = try #require(String(Self.reply(200_000).utf8.prefix(60_000)))
                try await link.write(frame(lane, begin, "MORE"))
                if isLost { await link.close() } else { try await link.write(frame(lane, "250 2.0.0 yes\r\n")) }
                // The client may have read a part of the reply already. In that case its session ends.
                var lines: [String] = []
                do {
                    while let line = try await other.line(), !line.hasPrefix("451 ") { lines.append(line) }
                } catch is Mismatch {}
                #expect(lines.isEmpty || lines == ["250 2.0.0 {200000}"])
                await other.close()
                guard !isLost else { return }
                try await link.write(frame(try await site.speak(on: link), "250 2.0.0 yes\r\n"))
                #expect(try await site.reply() == "250 2.0.0 yes")
                await link.close()
            }
        }

        @Test("A server that ignores the window loses the link, and no other session is harmed")
        func hurry() async throws {
            try await FalseSite.run { site, link in
                let other = try await Client(port: site.proxy.port)
                try await other.write("SPEAK x\r\n")
                let lane = try await link.message().lane
                // This is more than the sockets of the client and the proxy can hold. The client reads none of it.
                let part = "250-" + String(repeating: "x", count: 60_000) + "\r\n"
                do { for _ in 0..<1000 { try await link.write(frame(lane, part, "MORE")) } } catch {}
                #expect(await link.isLost())
                try await site.client.expect("250 2.0.0 alice", to: "WHOAMI")
                let bytes = try? await Self.read(.max, from: other.socket)
                #expect(bytes == nil || String(decoding: bytes!, as: UTF8.self).hasPrefix("250-xxx"))
                await other.close()
                await link.close()
            }
        }

        @Test("Large requests reach their server whole while the server grants more of the window")
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
                    while reply.bytes.isEmpty {
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
