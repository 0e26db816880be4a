import TestKit
import Testing

extension EndToEnd {
    @Suite("The end of a client's input", .serialized)
    struct InputEnd {
        @Test(
            "An incomplete request is refused, and the requests before it are answered",
            arguments: [
                ("SIGNUP carol \"correct horse\"", "501 5.5.2 The input ended inside a line; it was not run"),
                ("SIGN {100+}\r\nhalf", "501 5.5.2 The input ended inside a literal; it was not run"),
                ("SIGN\r\none line\r\n", "501 5.5.2 The input ended inside the text; it was not run"),
                ("LOGIN alice\r\n", "501 5.5.2 The input ended where an answer was asked for"),
            ])
        func cutShort(_ rest: String, _ refusal: String) async throws {
            try await LiveSite.run { site in
                let client = try await Client(port: site.port, as: "alice")
                try await client.write("WHOAMI\r\nSIGN x\r\n\(rest)")
                try await client.finish()
                let lines = try await client.rest()
                #expect(lines.first == "250 2.0.0 alice")
                #expect(lines.dropFirst().first?.hasPrefix("250 2.0.0 clvs1.alice.1.") == true)
                #expect(lines.last == refusal)
                // The line without its line end was not run.
                let other = try await Client(port: site.port)
                try await other.expect("250 2.0.0 carol signed up, key 1", to: "SIGNUP carol \"correct horse\"")
            }
        }

        @Test("Clients that disappear do not affect others")
        func resets() async throws {
            try await LiveSite.run { site in
                let stays = try await Client(port: site.port, as: "alice")
                for request in ["SIGN x\r\n", "SIGN {100+}\r\nhalf", "LOGIN alice", "ENCRYPT\r\ntext\r\n"] {
                    for _ in 0..<5 {
                        let goes = try await Client(port: site.port)
                        try await goes.write(request)
                        await goes.socket.reset()
                    }
                }
                try await stays.expect("250 2.0.0 alice", to: "WHOAMI")
                #expect(site.proxy.program.isRunning && site.keys.program.isRunning && site.auth.program.isRunning)
            }
        }
    }
}
