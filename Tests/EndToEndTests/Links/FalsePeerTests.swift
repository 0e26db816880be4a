import TestKit
import Testing

extension EndToEnd {
    @Suite("A peer that breaks the protocol loses its link, and nothing else happens", .serialized)
    struct FalsePeers {
        @Test("A server with another version of the link is not used, and the log says why", arguments: [0, 1, 3])
        func otherVersion(version: Int) async throws {
            try await LiveSite.run { site in
                let server = try FalseServer()
                let ports = [server.port, site.auth.port, site.keys.port]
                let proxy = try await LiveSite.Daemon(
                    "clavero-proxy", ["--threads", "1"] + ports.flatMap { ["--upstream", "127.0.0.1:\($0)"] })
                let link = Conversation(try await server.accept())
                try await link.send("220 other ready")
                #expect(try await link.line()?.hasPrefix("* LINK 2 ") == true)
                try await link.write(note("HELLO \(version) other"))
                #expect(await link.isClosed())
                let reason = "the other end speaks version \(version) of the link, this one 2"
                let warning = try await proxy.program.line { $0.contains(reason) }
                #expect(warning.contains("127.0.0.1:\(server.port)"))
                try await Ready.wait(port: proxy.port, threads: 1)
                let client = try await Client(port: proxy.port, as: "alice")
                try await client.expect("250 2.0.0 alice", to: "WHOAMI")
            }
        }

        @Test(
            "A proxy with another version of the link is told the right one", arguments: ["0", "1", "3", "22", "-2"])
        func otherProxy(version: String) async throws {
            try await LiveSite.run { site in
                let link = Conversation(try SocketTransport(port: site.auth.port))
                _ = try await link.reply()
                try await link.send("* LINK \(version) badcafe")
                #expect(try await link.line() == "554 5.5.4 This server speaks LINK 2")
                #expect(await link.isClosed())
            }
        }

        @Test("A lane with a token that the auth server did not sign is not logged in")
        func falseTokens() async throws {
            try await LiveSite.run { site in
                let client = try await Client(port: site.port, as: "alice")
                let token = try await client.ask("TOKEN").after("250 2.0.0 ")
                let parts = token.split(separator: ".")
                let changed = "\(parts[0]).\(parts[1]).\(String(repeating: "A", count: 86))"
                let none = "eyJhbGciOiJub25lIn0.\(parts[1])."
                for port in [site.auth.port, site.keys.port] {
                    let link = try await Conversation.link(to: port)
                    let request = port == site.auth.port ? "WHOAMI line\r\n" : "SIGN line message=1\r\nx"
                    for (place, token) in [changed, none, "x", "\(parts[0]).\(parts[1])"].enumerated() {
                        try await link.write(frame(place + 1, request, "PEER=192.0.2.1:9 TOKEN=\(token)"))
                        let reply = try await link.message()
                        #expect(reply.lane == place + 1 && reply.attributes == ["TOKEN=-"])
                        #expect(reply.line.hasPrefix("530 5.7.1 "))
                    }
                    try await link.write(frame(9, request, "PEER=192.0.2.1:9"))
                    #expect(try await link.message().line == "530 5.7.0 Log in first")
                    // The real token works. This shows that the requests before it failed because of their tokens.
                    try await link.write(frame(10, request, "PEER=192.0.2.1:9 TOKEN=\(token)"))
                    #expect(try await link.message().line.hasPrefix("250 2.0.0 "))
                    // After the token is removed, the lane is no longer logged in.
                    try await link.write(frame(10, request, "TOKEN=-"))
                    #expect(try await link.message().line == "530 5.7.0 Log in first")
                    await link.close()
                }
            }
        }
    }
}
