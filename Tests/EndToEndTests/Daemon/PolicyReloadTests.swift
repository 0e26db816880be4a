import Foundation
import TestKit
import Testing

extension EndToEnd {
    @Suite("SIGHUP makes a server read its settings again", .serialized)
    struct PolicyReload {
        /// A server of both plugins that reads its settings from a file.
        private struct Reloading {
            let server: LiveSite.Daemon
            let path: String

            /// Writes the settings file again and sends SIGHUP. Returns the log lines that follow, up to the first
            /// that contains `message`.
            func write(_ text: String, until message: String) async throws -> [String] {
                try text.write(toFile: path, atomically: true, encoding: .utf8)
                return try await server.program.hangUp(until: message)
            }
        }

        private static func run(_ body: (Reloading) async throws -> Void) async throws {
            let directory = try TemporaryDirectory()
            let (data, path) = ("\(directory.path)/data", "\(directory.path)/claverod.conf")
            try await LiveSite.makeData(data)
            try "sign-up = open\n".write(toFile: path, atomically: true, encoding: .utf8)
            let server = try await LiveSite.Daemon(
                "claverod",
                ["--plugins", "keys,auth", "--data-dir", data, "--password-cost", "2,1,1", "--config", path])
            try await body(Reloading(server: server, path: path))
            server.program.signal(SIGTERM)
            #expect(try await server.program.status() == 0)
        }

        @Test("Open sessions follow the new policy, and settings that need a restart are named")
        func policy() async throws {
            try await Self.run { reloading in
                let client = try await Client(port: reloading.server.port, as: "alice")
                let text = """
                    sign-up = closed
                    token-lifetime = 77
                    throttle-limit = 1
                    rotate-keys = 1
                    retire-keys = 2
                    site = other

                    """
                _ = try await reloading.write(text, until: "the settings were reloaded")
                let names = reloading.server.program.log.filter { $0.contains("changes only after a restart") }
                #expect(names.count == 1 && names[0].contains("\"setting\":\"site\""), "\(names)")
                try await client.expect(
                    "550 5.7.1 Sign-up is closed; ask the operator", to: "SIGNUP bob \"correct horse\"")
                try await client.logIn("alice")
                let token = try await client.ask("TOKEN").after("250 2.0.0 ")
                let seconds = try await client.ask("VERIFY TOKEN=\(token)").after(
                    "250 2.0.0 alice holds this token, which is valid for ")
                #expect(Int(seconds.prefix { $0.isNumber }).map { (1...77).contains($0) } == true, "\(seconds)")
                try await client.expect("535 5.7.8 Wrong name or password", to: "LOGIN alice wrong")
                #expect(try await client.ask("LOGIN alice \"correct horse\"").hasPrefix("450 4.7.0 "))
                _ = try await reloading.write("", until: "the settings were reloaded")
                try await client.logIn("alice")
                try await client.expect("250 2.0.0 bob signed up, key 1", to: "SIGNUP bob \"correct horse\"")
                await client.close()
            }
        }

        @Test("A file with an error changes nothing, and the error names the line")
        func wrong() async throws {
            try await Self.run { reloading in
                let client = try await Client(port: reloading.server.port)
                for (text, reason) in [
                    ("sign-up = closed\nnonsense = 1\n", "claverod.conf:2: unknown key"),
                    ("sign-up = closed\nupstream = a:1\n", "claverod.conf:2: upstream is a setting of the proxy"),
                    ("sign-up = closed\n\nthrottle-limit = 0\n", "claverod.conf:3: "),
                    ("sign-up = never\n", "claverod.conf:1: "), ("rotate-keys = -1\n", "claverod.conf:1: "),
                    ("retire-keys = 65\n", "claverod.conf:1: "),
                ] {
                    let log = try await reloading.write(
                        text, until: "the new settings cannot be used; the daemon keeps the old ones")
                    #expect(log.contains { $0.contains(reason) && $0.contains("\"level\":\"error\"") }, "\(log)")
                }
                try await client.expect("250 2.0.0 bob signed up, key 1", to: "SIGNUP bob \"correct horse\"")
                await client.close()
            }
        }

        @Test("A FIFO, a device and a huge file in place of the settings change nothing, and the log names the file")
        func otherKinds() async throws {
            try await Self.run { reloading in
                let client = try await Client(port: reloading.server.port)
                for (reason, put) in [
                    ("not a regular file", { mkfifo($0, 0o600) }),
                    ("not a regular file", { symlink("/dev/zero", $0) }),
                    ("larger than 64 KiB", { close(creat($0, 0o600)) + truncate($0, 1 << 30) }),
                    ("no such file", { _ in 0 }),
                ] as [(String, (String) -> Int32)] {
                    unlink(reloading.path)
                    #expect(put(reloading.path) == 0)
                    let log = try await reloading.server.program.hangUp(until: "the new settings cannot be used")
                    #expect(log.count { $0.contains("claverod.conf: \(reason)") } == 1, "\(log)")
                    try await client.expect("250 2.0.0 OK", to: "NOOP")
                }
                await client.close()
            }
        }
    }
}
