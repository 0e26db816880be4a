import Foundation
import TestKit
import Testing

extension EndToEnd {
    @Suite("Messages that pass through the proxy while they arrive", .serialized)
    struct Passing {
        private static let mebibyte = 1024 * 1024
        private static let lost = "451 4.4.2 The connection to the server was lost while the message was sent"

        private static func message(_ count: Int) -> [UInt8] {
            (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) } + [0x0D, 0x0A]
        }

        @Test("The proxy needs little memory for twenty clients that each send 16 MiB")
        func large() async throws {
            try await LiveSite.run(server: ["--body-memory", "1000000000"], proxy: ["--threads", "1"]) { site in
                let count = 16 * Self.mebibyte
                let message = Self.message(count)
                var clients: [Client] = []
                for number in 0..<20 { clients.append(try await Client(port: site.port, as: "user\(number)")) }
                let before = try site.proxy.memory("VmRSS")
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for (number, client) in clients.enumerated() {
                        let socket = client.socket
                        group.addTask {
                            try await socket.write(Array("SIGN {\(count)+}\r\n".utf8) + message)
                            let conversation = Conversation(socket)
                            let line = try await conversation.line()
                            #expect(line?.hasPrefix("250 2.0.0 {") == true, "\(number): \(line ?? "")")
                        }
                    }
                    // Other sessions send small requests at the same time.
                    let other = try await Client(port: site.port, as: "other")
                    for _ in 0..<100 { #expect(try await other.ask("SIGN x").hasPrefix("250 2.0.0 clvs1.other.1.")) }
                    await other.close()
                    try await group.waitForAll()
                }
                let peak = try site.proxy.memory("VmHWM")
                #expect(peak - before < 48 * Self.mebibyte, "\((peak - before) / Self.mebibyte) MiB")
                for client in clients { await client.close() }
            }
        }

        @Test("The proxy needs little memory for slow readers of large answers, and they get them whole")
        func slow() async throws {
            try await LiveSite.run(server: ["--body-memory", "1000000000"], proxy: ["--threads", "1"]) { site in
                let count = 4 * Self.mebibyte
                let message = Self.message(count)
                var clients: [Client] = []
                for number in 0..<20 { clients.append(try await Client(port: site.port, as: "user\(number)")) }
                let before = try site.proxy.memory("VmRSS")
                for client in clients { try await client.write(Array("ENCRYPT {\(count)+}\r\n".utf8) + message) }
                let other = try await Client(port: site.port, as: "other")
                for _ in 0..<100 { #expect(try await other.ask("SIGN x").hasPrefix("250 2.0.0 clvs1.other.1.")) }
                await other.close()
                for client in clients {
                    let sealed = try await client.literal(behind: "250 2.0.0")
                    #expect(sealed.count > count && sealed.starts(with: "clv1".utf8))
                }
                let peak = try site.proxy.memory("VmHWM")
                #expect(peak - before < 48 * Self.mebibyte, "\((peak - before) / Self.mebibyte) MiB")
                for client in clients {
                    #expect(try await client.ask("WHOAMI").hasPrefix("250 2.0.0 user"))
                    await client.close()
                }
            }
        }

        @Test("A large text passes in both directions without a change")
        func text() async throws {
            try await LiveSite.run { site in
                let client = try await Client(port: site.port, as: "alice")
                let line = "..The quick brown fox: ñ €"
                let text = String(repeating: line + "\r\n", count: 30_000)
                try await client.write("ENCRYPT\r\n\(text).\r\n")
                #expect(try await client.line()?.hasPrefix("354 ") == true)
                let sealed = try await client.reply().map { $0.dropFirst(10) }
                #expect(sealed.count > 10_000)
                try await client.write("DECRYPT\r\n\(sealed.joined(separator: "\r\n"))\r\n.\r\n")
                #expect(try await client.line()?.hasPrefix("354 ") == true)
                let opened = try await client.reply()
                #expect(opened.count == 30_001 && opened[0] == "250-2.0.0 FROM=alice")
                #expect(opened.dropFirst().allSatisfy { $0.dropFirst(10) == line.dropFirst() })
                try await client.expect("250 2.0.0 alice", to: "WHOAMI")
                await client.close()
            }
        }

        @Test("A client that dies in the middle of its message or its answer uses no resources afterwards")
        func clientDies() async throws {
            try await LiveSite.run(proxy: ["--metrics", "127.0.0.1:0"]) { site in
                let monitor = try await Monitor(site.proxy.program)
                let message = Self.message(4 * Self.mebibyte)
                for part in [1_000_000, message.count] {
                    let client = try await Client(port: site.port, as: "alice\(part)")
                    try await client.write(Array("ENCRYPT {\(4 * Self.mebibyte)+}\r\n".utf8) + message.prefix(part))
                    if part == message.count { _ = try await client.bytes(100_000) }
                    await client.socket.reset()
                }
                try await monitor.wait(for: 0, "clavero_proxy_body_memory_bytes")
                let other = try await Client(port: site.port, as: "bob")
                #expect(try await other.ask("SIGN x").hasPrefix("250 2.0.0 clvs1.bob.1."))
                await other.close()
            }
        }

        @Test("A client is told that its request was not run if the server dies, and its session continues")
        func serverDies() async throws {
            try await LiveSite.run { site in
                let client = try await Client(port: site.port, as: "alice")
                let count = 4 * Self.mebibyte
                let message = Self.message(count)
                try await client.write(Array("SIGN {\(count)+}\r\n".utf8) + message.prefix(2_000_000))
                site.keys.program.signal(SIGKILL)
                _ = try await site.keys.program.status()
                try await client.write(Array(message.dropFirst(2_000_000)))
                let refusal = try await client.line() ?? ""
                #expect(refusal.hasPrefix(Self.lost), "\(refusal)")
                try await client.expect("250 2.0.0 alice", to: "WHOAMI")
                try await site.keys.start()
                #expect(try await client.askUntilAnswered("SIGN x").hasPrefix("250 2.0.0 clvs1.alice.1."))
                await client.close()
            }
        }
    }
}
