import Foundation
import TestKit
import Testing

extension EndToEnd {
    @Suite("Every wait has a limit", .serialized)
    struct Deadlines {
        private static let short = ["--idle-timeout", "1", "--request-timeout", "1"]

        @Test("An idle session is told that it ends, and is closed")
        func idle() async throws {
            try await LiveSite.run(proxy: Self.short) { site in
                let client = try await Client(port: site.port)
                #expect(try await client.rest() == ["421 4.4.2 Idle for too long; the session ends"])
            }
        }

        @Test("A slow request is ended at its deadline, however often a byte of it arrives")
        func slow() async throws {
            try await LiveSite.run(proxy: Self.short + ["--idle-timeout", "60"]) { site in
                let client = try await Client(port: site.port)
                let socket = client.socket
                let drip = Task {
                    for await _ in ticks(every: .milliseconds(50)) { try await socket.write([0x4E]) }
                }
                #expect(try await client.rest() == ["421 4.4.2 The request took too long to arrive; the session ends"])
                drip.cancel()
                _ = await drip.result
            }
        }

        @Test("A slow text is ended at its request's deadline, however often a line of it arrives")
        func text() async throws {
            try await LiveSite.run(proxy: Self.short + ["--idle-timeout", "60"]) { site in
                let client = try await Client(port: site.port)
                _ = try await client.askUntilAnswered("VERIFY x x")
                #expect(try await client.ask("VERIFY x").hasPrefix("354 "))
                let socket = client.socket
                let drip = Task {
                    for await _ in ticks(every: .milliseconds(50)) { try await socket.write(Array("line\r\n".utf8)) }
                }
                #expect(try await client.rest() == ["421 4.4.2 The request took too long to arrive; the session ends"])
                drip.cancel()
                _ = await drip.result
            }
        }

        @Test("Only the commands of a server fail while it hangs")
        func hangingServer() async throws {
            try await LiveSite.run(proxy: Self.short + ["--idle-timeout", "60", "--link-timeout", "600"]) { site in
                let client = try await Client(port: site.port, as: "alice")
                let other = try await Client(port: site.port, as: "bob")
                site.keys.program.signal(SIGSTOP)
                defer { site.keys.program.signal(SIGCONT) }
                try await client.write("SIGN x\r\n")
                try await other.expect("250 2.0.0 bob", to: "WHOAMI")
                #expect(try await client.rest() == ["421 4.4.7 No answer from the server in time; the session ends"])
                try await other.expect("250 2.0.0 bob", to: "WHOAMI")
                site.keys.program.signal(SIGCONT)
                #expect(try await other.ask("SIGN x").hasPrefix("250 2.0.0 clvs1.bob.1."))
            }
        }
    }
}
