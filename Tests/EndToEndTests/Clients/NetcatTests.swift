import Foundation
import TestKit
import Testing

extension EndToEnd {
    /// The tests pipe the dialogue of the README into each program, which closes its sending side after the last line.
    @Suite("netcat, ncat and socat")
    struct Netcat {
        struct NetcatProgram: CustomTestStringConvertible, Sendable {
            let name: String
            let package: String
            let arguments: @Sendable (Int) -> [String]
            var testDescription: String { "\(name) \(arguments(0).joined(separator: " "))" }

            func run(_ port: Int, _ input: String) async throws -> [String] {
                let path = try Tools.path(name, package: package)
                let result = try await Tools.run(path, arguments(port), input: input)
                try #require(result.status == 0, "\(result.errors)")
                let bytes = Array(result.output.utf8)
                #expect(bytes.indices.allSatisfy { bytes[$0] != 0x0A || $0 > 0 && bytes[$0 - 1] == 0x0D })
                return result.output.lines
            }
        }

        // With -q, nc.openbsd always waits for the whole time. For the other two the time is only a limit.
        static let programs = [
            NetcatProgram(name: "nc.openbsd", package: "netcat-openbsd") { ["-N", "127.0.0.1", "\($0)"] },
            NetcatProgram(name: "nc.openbsd", package: "netcat-openbsd") { ["-q", "3", "127.0.0.1", "\($0)"] },
            NetcatProgram(name: "nc.traditional", package: "netcat-traditional") {
                ["-q", "50", "127.0.0.1", "\($0)"]
            },
            NetcatProgram(name: "ncat", package: "ncat") { ["127.0.0.1", "\($0)"] },
            NetcatProgram(name: "socat", package: "socat") { ["-t", "50", "-", "TCP:127.0.0.1:\($0)"] },
        ]

        @Test("Every reply arrives, with QUIT and without", arguments: programs)
        func dialogue(_ program: NetcatProgram) async throws {
            try await LiveSite.run { site in
                let lines = try await program.run(
                    site.port,
                    """
                    SIGNUP alice "correct horse"
                    SIGNUP bob "battery staple"
                    LOGIN alice "correct horse"
                    ENCRYPT TO=bob attack at dawn
                    SIGN attack at dawn
                    QUIT

                    """)
                try #require(lines.count == 7)
                #expect(lines[0] == "220 gate.example Clavero ready")
                #expect(lines[1] == "250 2.0.0 alice signed up, key 1")
                #expect(lines[2] == "250 2.0.0 bob signed up, key 1")
                #expect(lines[3] == "235 2.7.0 Logged in as alice")
                #expect(lines[6] == "221 2.0.0 Bye")
                let sealed = try lines[4].after("250 2.0.0 ")
                let signature = try lines[5].after("250 2.0.0 ")
                #expect(sealed.hasPrefix("clv1."))
                #expect(signature.hasPrefix("clvs1.alice.1."))
                let answers = try await program.run(
                    site.port,
                    """
                    VERIFY \(signature) attack at dawn
                    LOGIN bob "battery staple"
                    DECRYPT \(sealed)
                    WHOAMI

                    """)
                #expect(
                    answers == [
                        "220 gate.example Clavero ready", "250 2.0.0 alice signed this with key 1",
                        "235 2.7.0 Logged in as bob", "250 2.0.0 FROM=alice attack at dawn", "250 2.0.0 bob",
                    ])
            }
        }

        @Test("A thousand requests to both servers are answered without QUIT", arguments: programs)
        func many(_ program: NetcatProgram) async throws {
            try await LiveSite.run { site in
                await (try Client(port: site.port, as: "alice")).close()
                let requests = (0..<500).map { "WHOAMI\nSIGN message \($0)\n" }.joined()
                let lines = try await program.run(site.port, "LOGIN alice \"correct horse\"\n" + requests)
                try #require(lines.count == 1002)
                for index in 0..<500 {
                    #expect(lines[2 + 2 * index] == "250 2.0.0 alice")
                    #expect(lines[3 + 2 * index].hasPrefix("250 2.0.0 clvs1.alice.1."))
                }
            }
        }

        @Test("Requests, and the end of the input, may arrive before the greeting")
        func early() async throws {
            try await LiveSite.run { site in
                site.proxy.program.signal(SIGSTOP)
                defer { site.proxy.program.signal(SIGCONT) }
                let client = try Client(unheard: site.port)
                try await client.write("NOOP\nHELO me\n")
                try await client.finish()
                site.proxy.program.signal(SIGCONT)
                #expect(
                    try await client.rest() == ["220 gate.example Clavero ready", "250 2.0.0 OK", "250 gate.example"])
                await client.close()
            }
        }
    }
}
