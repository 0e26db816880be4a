import TestKit
import Testing

extension EndToEnd {
    @Suite("A peer that breaks the protocol loses its link, and nothing else happens", .serialized)
    struct FalsePeers {
        /// A proxy over a real auth server and a false one, on one thread, with a session for each.
        private static func site(_ body: (FalseServer, Conversation, LiveSite.Daemon, Client) async throws -> Void)
            async throws
        {
            try await LiveSite.run { site in
                let server = try FalseServer()
                let proxy = try await LiveSite.Daemon(
                    "clavero-proxy",
                    [
                        "--threads", "1", "--upstream", "127.0.0.1:\(server.port)", "--upstream",
                        "127.0.0.1:\(site.auth.port)", "--upstream", "127.0.0.1:\(site.keys.port)",
                    ])
                let link = try await server.link()
                try await Ready.wait(port: proxy.port, threads: 1)
                let client = try await Client(port: proxy.port, as: "alice")
                try await body(server, link, proxy, client)
            }
        }

        @Test(
            "A false server",
            arguments: [
                "#999 250 2.0.0 not yours", "#LANE 250 2.0.0 yes\r\n#LANE 250 2.0.0 once more", "garbage",
                "250 2.0.0 no lane", "#LANE 250 2.0.0 {99999999999}", "#LANE 250-2.0.0 a\r\n#LANE 251 2.0.0 b",
                "* TOKEN 999 stolen", "#LANE 250 2.0.0 a\u{0}b",
            ])
        func falseServer(_ answer: String) async throws {
            try await Self.site { server, link, proxy, client in
                try await client.write("SPEAK x\r\n")
                #expect(try await link.line()?.hasPrefix("* LANE ") == true)
                let request = try #require(try await link.line())
                let lane = try #require(request.split(separator: " ").first?.dropFirst())
                try await link.send(answer.replacing("LANE", with: lane))
                let reply = try #require(try await client.reply().last)
                #expect(reply == "250 2.0.0 yes" || reply.hasPrefix("451 4.4.2 "), "\(reply)")
                #expect(try await link.line() == nil)
                try await client.expect("250 2.0.0 alice", to: "WHOAMI")
                let warning = try await proxy.program.line { $0.contains("breaks the protocol") }
                #expect(warning.contains("\"level\":\"warning\""))
                // It comes back, and is served again.
                let again = try await server.link()
                await again.close()
            }
        }

        @Test("A server of another version of the link is none, and the log says why", arguments: [0, 2])
        func otherVersion(version: Int) async throws {
            try await LiveSite.run { site in
                let server = try FalseServer()
                let ports = [server.port, site.auth.port, site.keys.port]
                let proxy = try await LiveSite.Daemon(
                    "clavero-proxy", ["--threads", "1"] + ports.flatMap { ["--upstream", "127.0.0.1:\($0)"] })
                let transport = try await server.accept()
                try await transport.write(Array("220 other ready\r\n".utf8))
                let link = Conversation(transport)
                #expect(try await link.line()?.hasPrefix("* LINK 1 ") == true)
                try await link.send("* HELLO \(version) other")
                #expect(try await link.line() == nil)
                let reason = "the other end speaks version \(version) of the link, this one 1"
                let warning = try await proxy.program.line { $0.contains(reason) }
                #expect(warning.contains("127.0.0.1:\(server.port)"))
                try await Ready.wait(port: proxy.port, threads: 1)
                let client = try await Client(port: proxy.port, as: "alice")
                try await client.expect("250 2.0.0 alice", to: "WHOAMI")
            }
        }

        @Test("A proxy of another version of the link is told which one this is")
        func otherProxy() async throws {
            try await LiveSite.run { site in
                let transport = try SocketTransport(port: site.auth.port)
                let link = Conversation(transport)
                _ = try await link.reply()
                try await link.send("* LINK 0")
                #expect(try await link.line()?.hasPrefix("* HELLO 1 ") == true)
                await link.close()
            }
        }

        @Test("A server that stops in the middle of a reply")
        func cutReply() async throws {
            try await Self.site { _, link, _, client in
                try await client.write("SPEAK x\r\n")
                _ = try await link.line()
                let lane = try #require(try await link.line()?.split(separator: " ").first)
                try await link.send("\(lane) 250 2.0.0 {10}\r\nhal")
                await link.close()
                #expect(try await client.reply().last?.hasPrefix("451 4.4.2 ") == true)
                try await client.expect("250 2.0.0 alice", to: "WHOAMI")
            }
        }

        @Test("A session that goes while its request is under way takes no other's reply")
        func tombstone() async throws {
            try await Self.site { _, link, proxy, client in
                let gone = try await Client(port: proxy.port)
                try await gone.write("SPEAK gone\r\n")
                _ = try await link.line()
                let lane = try #require(try await link.line()?.split(separator: " ").first)
                await gone.socket.reset()
                try await client.write("SPEAK here\r\n")
                _ = try await link.line()
                let other = try #require(try await link.line()?.split(separator: " ").first)
                #expect(lane != other)
                try await link.send("\(lane) 250 2.0.0 for the one that went")
                try await link.send("\(other) 250 2.0.0 for the one that stayed")
                #expect(try await client.reply() == ["250 2.0.0 for the one that stayed"])
                #expect(try await link.line() == "* END \(lane.dropFirst())")
            }
        }

        @Test(
            "A false proxy",
            arguments: [
                "WHOAMI", "#x WHOAMI", "#1 WHOAMI {1}", "#1 WHOAMI {99999999999+}", "#1 \u{0}", "*", "#1",
            ])
        func falseProxy(_ line: String) async throws {
            try await LiveSite.run { site in
                let client = try await Client(port: site.port, as: "alice")
                let link = try await Self.link(to: site.auth.port)
                try await link.send(line)
                #expect(try await link.line() == nil)
                try await client.expect("250 2.0.0 alice", to: "WHOAMI")
            }
        }

        @Test("A lane acts for nobody with a token that the auth server did not sign")
        func falseTokens() async throws {
            try await LiveSite.run { site in
                let client = try await Client(port: site.port, as: "alice")
                let token = try await client.ask("TOKEN").after("250 2.0.0 ")
                let parts = token.split(separator: ".")
                let changed = "\(parts[0]).\(parts[1]).\(String(repeating: "A", count: 86))"
                let none = "eyJhbGciOiJub25lIn0.\(parts[1])."
                for port in [site.auth.port, site.keys.port] {
                    let link = try await Self.link(to: port)
                    let request = port == site.auth.port ? "WHOAMI" : "SIGN {1+}\r\nx"
                    for (lane, token) in [changed, none, "x", "\(parts[0]).\(parts[1])"].enumerated() {
                        try await link.send("* LANE \(lane + 1) PEER=\"192.0.2.1:9\" TOKEN=\(token)")
                        try await link.send("#\(lane + 1) \(request)")
                        #expect(try await link.line() == "* TOKEN \(lane + 1)")
                        #expect(try await link.line()?.hasPrefix("#\(lane + 1) 530 5.7.1 ") == true)
                    }
                    try await link.send("#9 \(request)")
                    #expect(try await link.line() == "#9 530 5.7.0 Log in first")
                    // The real one does work, which shows that the others could have.
                    try await link.send("* LANE 10 PEER=\"192.0.2.1:9\" TOKEN=\(token)")
                    try await link.send("#10 \(request)")
                    #expect(try await link.line()?.hasPrefix("#10 250 2.0.0 ") == true)
                    await link.close()
                }
            }
        }

        /// A connection to a server that has become a link and said what it answers.
        private static func link(to port: Int) async throws -> Conversation {
            let link = Conversation(try SocketTransport(port: port))
            _ = try await link.line()
            try await link.send("* LINK 1")
            while let line = try await link.line(), line != "* READY" {}
            return link
        }
    }
}
