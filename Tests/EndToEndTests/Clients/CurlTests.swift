import TestKit
import Testing

extension EndToEnd {
    @Suite("curl")
    struct Curl {
        /// The exit status of curl after a reply other than 2xx (CURLE_WEIRD_SERVER_REPLY).
        private static let refused: Int32 = 8

        private static func run(_ port: Int, _ arguments: [String] = []) async throws -> Tool.Result {
            try await Tools.run(
                try Tools.path("curl", package: "curl"),
                ["--silent", "--show-error", "smtp://127.0.0.1:\(port)/me"] + arguments)
        }

        @Test("The option -X sends a command")
        func aCommandGivenWithX() async throws {
            try await LiveSite.run { site in
                let client = try await Client(port: site.port, as: "alice")
                let signature = try await client.ask("SIGN attack at dawn").after("250 2.0.0 ")
                let good = try await Self.run(site.port, ["-X", "VERIFY \(signature) attack at dawn"])
                #expect(good.status == 0)
                #expect(good.output.lines == ["250 2.0.0 alice signed this with key 1"])
                let bad = try await Self.run(site.port, ["-X", "VERIFY \(signature) attack at noon"])
                #expect(bad.status == Self.refused)
                #expect(bad.output.isEmpty)
                #expect(bad.errors.contains("550"))
                await client.close()
            }
        }

        @Test("HELP is sent with -X HELP, and also without a command", arguments: [["-X", "HELP"], []])
        func help(_ arguments: [String]) async throws {
            try await LiveSite.run { site in
                let result = try await Self.run(site.port, arguments)
                #expect(result.status == 0)
                let lines = result.output.lines
                #expect(lines.allSatisfy { $0.hasPrefix("214") })
                for verb in ["SIGNUP", "LOGIN", "ENCRYPT", "VERIFY", "QUIT"] {
                    #expect(lines.contains { $0.contains(" \(verb) ") }, "\(verb) is not in \(lines)")
                }
            }
        }

        @Test("An unknown command is refused")
        func anUnknownCommandIsRefused() async throws {
            try await LiveSite.run { site in
                let result = try await Self.run(site.port, ["-X", "FROBNICATE"])
                #expect(result.status == Self.refused)
            }
        }
    }
}
