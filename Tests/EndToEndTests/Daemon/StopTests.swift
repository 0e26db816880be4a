import Foundation
import TestKit
import Testing

extension EndToEnd {
    @Suite("Daemons that are told to stop", .serialized)
    struct Stops {
        private static let stopping = "421 4.3.2 The server is stopping; connect again"

        /// The sign-ups take so long that they are still running when the signal arrives. They reach the server in
        /// one piece.
        @Test("A server that is told to stop answers the requests that it has received")
        func server() async throws {
            // The limit is long, so that even on a slow machine it does not end the drain.
            let slow = ["--password-cost", "14,8,1", "--hasher-threads", "1", "--drain-timeout", "300"]
            try await LiveSite.run(server: slow) { site in
                let client = try await Client(port: site.port, as: "alice")
                let names = (0..<20).map { "user-\($0)" }
                try await client.write(names.map { "SIGNUP \($0) \"correct horse\"\r\n" }.joined())
                #expect(try await client.reply() == ["250 2.0.0 user-0 signed up, key 1"])
                site.keys.program.signal(SIGTERM)
                for name in names.dropFirst() {
                    #expect(try await client.reply() == ["250 2.0.0 \(name) signed up, key 1"])
                }
                #expect(try await site.keys.program.status() == 0)
                try await site.keys.start()
                for name in names { try await client.logIn(name) }
                await client.close()
            }
        }

        @Test("The proxy tells every session that it stops, after the last replies", arguments: [SIGTERM, SIGINT])
        func proxy(_ signal: Int32) async throws {
            try await LiveSite.run(server: ["--password-cost", "14,8,1"], proxy: ["--drain-timeout", "300"]) { site in
                let idle = try await Client(port: site.port)
                let half = try await Client(port: site.port)
                try await half.write("NOOP\r\nNO")
                #expect(try await half.line() == "250 2.0.0 OK")
                let busy = try await Client(port: site.port, as: "alice")
                try await busy.write("WHOAMI\r\nSIGNUP bob \"correct horse\"\r\nWHOAMI\r\n")
                #expect(try await busy.line() == "250 2.0.0 alice")
                site.proxy.program.signal(signal)
                #expect(try await idle.rest() == [Self.stopping])
                #expect(try await half.rest() == [Self.stopping])
                let last = ["250 2.0.0 bob signed up, key 1", "250 2.0.0 alice", Self.stopping]
                #expect(try await busy.rest() == last)
                #expect(throws: Mismatch.self) { try SocketTransport(port: site.port) }
                for client in [idle, half, busy] { await client.close() }
                #expect(try await site.proxy.program.status() == 0)
                try await site.proxy.start()
            }
        }

        /// The hanging server keeps the proxy from finishing its drain. The reply of the other server shows that both
        /// requests are running.
        @Test("A second signal ends the proxy at once", arguments: [SIGTERM, SIGINT])
        func secondSignal(_ signal: Int32) async throws {
            let patient = ["--drain-timeout", "600", "--request-timeout", "600", "--link-timeout", "600"]
            try await LiveSite.run(proxy: patient) { site in
                let client = try await Client(port: site.port, as: "alice")
                site.keys.program.signal(SIGSTOP)
                defer { site.keys.program.signal(SIGCONT) }
                try await client.write("WHOAMI\r\nSIGN x\r\n")
                #expect(try await client.line() == "250 2.0.0 alice")
                site.proxy.program.signal(signal)
                _ = try await site.proxy.program.line { $0.contains("\"message\":\"stopping\"") }
                site.proxy.program.signal(signal)
                #expect(try await site.proxy.program.status() == -signal)
                await client.close()
                try await site.proxy.start()
            }
        }

        @Test("The proxy waits for hanging requests only up to its limit")
        func drainLimit() async throws {
            try await LiveSite.run(proxy: ["--drain-timeout", "1", "--link-timeout", "600"]) { site in
                let client = try await Client(port: site.port, as: "alice")
                site.keys.program.signal(SIGSTOP)
                defer { site.keys.program.signal(SIGCONT) }
                try await client.write("WHOAMI\r\nSIGN x\r\n")
                #expect(try await client.line() == "250 2.0.0 alice")
                site.proxy.program.signal(SIGTERM)
                #expect(try await client.rest() == [])
                #expect(try await site.proxy.program.status() == 0)
                await client.close()
                try await site.proxy.start()
            }
        }
    }
}
