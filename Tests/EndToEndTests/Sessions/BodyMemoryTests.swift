import Foundation
import TestKit
import Testing

extension EndToEnd {
    @Suite("The memory for bodies", .serialized)
    struct BodyMemories {
        private static let refusal = "452 4.3.1 Too many messages are being worked on now; try again later"
        /// The smallest values that the daemons accept: the memory must hold one sealed literal.
        private static let few = ["--max-literal", "1048576", "--max-text", "65536", "--body-memory", "2000000"]
        /// The smallest values for a proxy. A message that passes through it counts as at most 256 KiB, and the
        /// memory is enough for one such message.
        private static let least = ["--max-literal", "262144", "--max-text", "65536", "--body-memory", "480000"]
        private static let count = 260_000

        @Test("Memory that one session holds is refused to others until that session is answered or closed")
        func whole() async throws {
            try await LiveSite.run(proxy: ["--threads", "1"] + Self.least) { site in
                let ask = "SIGN {\(Self.count)}"
                let message = [UInt8](repeating: 0x78, count: Self.count) + [0x0D, 0x0A]
                let first = try await Client(port: site.port, as: "alice")
                let second = try await Client(port: site.port)
                try await second.logIn("alice")
                for _ in 0..<3 {
                    #expect(try await first.ask(ask).hasPrefix("354 "))
                    #expect(try await second.ask(ask) == Self.refusal)
                    #expect(try await second.ask("SIGN x").hasPrefix("250 "))
                    try await first.socket.write(message)
                    #expect(try await first.literal(behind: "250 2.0.0").starts(with: "clvs1.".utf8))
                    #expect(try await second.ask(ask).hasPrefix("354 "))
                    #expect(try await first.ask(ask) == Self.refusal)
                    try await second.socket.write(message)
                    #expect(try await second.literal(behind: "250 2.0.0").starts(with: "clvs1.".utf8))
                }
                #expect(try await first.ask(ask).hasPrefix("354 "))
                await first.close()
                try await eventually { try await second.ask(ask) != Self.refusal }
                await second.close()
            }
        }

        @Test("A server without free memory refuses a request of a link, and the link continues to work")
        func link() async throws {
            try await LiveSite.run(server: Self.few) { site in
                let client = try await Client(port: site.port, as: "alice")
                let count = 2_500_000
                try await client.write("SIGN {\(count)+}\r\n")
                try await client.socket.write([UInt8](repeating: 0x78, count: count) + [0x0D, 0x0A])
                #expect(try await client.reply() == [Self.refusal])
                #expect(try await client.ask("SIGN x").hasPrefix("250 "))
                await client.close()
            }
        }
    }
}
