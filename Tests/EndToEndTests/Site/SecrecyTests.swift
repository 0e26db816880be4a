import Foundation
import TestKit
import Testing

extension EndToEnd {
    @Suite("Secrets are only where they belong", .serialized)
    struct Secrecy {
        private static let passwords = ["Xyzzy-first-9417", "Xyzzy-second-9417"]
        private static let messages = ["Plugh-message-3301", "Plugh-literal-3301"]

        /// Returns the forms of a password that AUTH PLAIN and AUTH LOGIN send.
        private static func encoded(_ password: String) -> [String] {
            [Data("\0alice\0\(password)".utf8), Data(password.utf8)].map { $0.base64EncodedString() }
        }

        @Test("No log, file or process shows a password, a token, a challenge, an invitation, a key or a message")
        func grepAlsoAsRoot() async throws {
            if geteuid() != 0 { print("Secrets: the environments of the daemons are not searched, which takes root") }
            try await LiveSite.run([.tls, .encryptedLinks], server: ["--sign-up", "invited"]) { site in
                let used = try await Self.use(site)
                let keys = try Self.keys(in: site.dataDirectory)
                let places = try Self.places(site)
                for (secret, name) in used.map({ (Data($0.utf8), $0) }) + keys {
                    for (place, contents) in places where contents.range(of: secret) != nil {
                        Issue.record("\(place) has \(name)")
                    }
                }
                // The search works: it finds a name that the files contain.
                for part in ["clavero.db", "audit-keys.log", "audit-auth.log"] {
                    #expect(
                        places.contains { $0.name.contains(part) && $0.contents.range(of: Data("alice".utf8)) != nil })
                }
            }
        }

        /// Issues every command that takes a secret, with valid and invalid arguments. Returns the secrets.
        private static func use(_ site: LiveSite) async throws -> [String] {
            let client = try await Client(port: site.port)
            let admin = try await Client(path: site.adminSocket)
            let code = try await admin.ask("INVITE").after("250 2.0.0 ")
            await admin.close()
            try await client.expect(
                "250 2.0.0 alice signed up, key 1", to: "SIGNUP INVITE=\(code) alice \(passwords[0])")
            for line in [
                "LOGIN alice wrong-\(passwords[0])", "SIGNUP INVITE=\(code) \"\(passwords[0])\" x",
                "SIGNUP INVITE=\(code) bob \(passwords[0])", "LOGIN alice \(passwords[0])",
                "PASSWD \(passwords[0]) \(passwords[1])", "AUTH PLAIN \(encoded(passwords[1])[0])",
                "AUTH PLAIN \(encoded(passwords[0])[0])", "AUTH LOGIN YWxpY2U=", encoded(passwords[1])[1],
                // An unknown verb and the lost link below make the daemons write log lines.
                "BOGUS \(messages[0])", "AUTH \(encoded(passwords[1])[0])",
            ] { _ = try await client.ask(line) }
            let token = try await client.ask("TOKEN").after("250 2.0.0 ")
            let challenge = try await client.ask("CHALLENGE alice").after("250 2.0.0 ")
            for line in ["VERIFY TOKEN=\(token)", "LOGIN TOKEN=\(token)", "LOGIN CHALLENGE=\(challenge) x"] {
                _ = try await client.ask(line)
            }
            let sealed = try await client.ask("ENCRYPT \(messages[0])").after("250 2.0.0 ")
            #expect(try await client.ask("DECRYPT \(sealed)") == "250 2.0.0 FROM=alice \(messages[0])")
            try await client.write("SIGN {\(messages[1].utf8.count)+}\r\n\(messages[1])\r\n")
            _ = try await client.literal(behind: "250 2.0.0")
            let random = try await client.ask("RANDOM").after("250 2.0.0 ")
            try await client.write("DATAKEY CONTEXT=backup\r\n")
            let dataKey = try #require(try await client.reply().first).after("250-2.0.0 ")
            site.auth.program.signal(SIGKILL)
            _ = try await site.auth.program.status()
            #expect(try await client.ask("VERIFY TOKEN=\(token)").hasPrefix("451 "))
            try await site.auth.start()
            await client.close()
            return passwords + passwords.flatMap(encoded) + messages + [token, challenge, code, dataKey, random]
        }

        /// Returns the private keys in the data directory. Each is returned both as its text and as the bytes that
        /// the text encodes.
        private static func keys(in directory: String) throws -> [(Data, String)] {
            try FileManager.default.subpathsOfDirectory(atPath: directory).filter { $0.hasSuffix(".key") }.flatMap {
                name in
                let text = try String(contentsOfFile: "\(directory)/\(name)", encoding: .utf8)
                let lines = text.lines.filter { !$0.hasPrefix("-") }
                let raw = try #require(Data(base64Encoded: lines.joined()))
                return [(Data(lines[0].utf8), name), (raw.suffix(32), "the bytes of \(name)")]
            }
        }

        /// Returns the contents that must not have any secret. These are all files except the keys' own, and the
        /// logs, arguments and environments of the daemons.
        private static func places(_ site: LiveSite) throws -> [(name: String, contents: Data)] {
            let directory = site.dataDirectory
            let files = try FileManager.default.subpathsOfDirectory(atPath: directory).filter { name in
                var status = stat()
                return !name.hasSuffix(".key") && lstat("\(directory)/\(name)", &status) == 0
                    && status.st_mode & S_IFMT == S_IFREG
            }
            let daemons = [site.keys, site.auth, site.proxy].map(\.program)
            return try files.map { ($0, try Data(contentsOf: URL(filePath: "\(directory)/\($0)"))) }
                + daemons.map { ("the log of \($0.name)", Data($0.log.joined(separator: "\n").utf8)) }
                + daemons.flatMap { daemon in
                    // The kernel shows the environment of a process that protects its secrets only to root.
                    try (geteuid() == 0 ? ["cmdline", "environ"] : ["cmdline"]).map { name in
                        let path = "/proc/\(daemon.pid)/\(name)"
                        return (path, try Data(contentsOf: URL(filePath: path)))
                    }
                }
        }

        /// A Python program that starts the shell and types one argument at each prompt. It types no other answers.
        private static let typing = """
            import os, pty, sys
            pid, terminal = pty.fork()
            if pid == 0:
                os.environ["TERM"] = "dumb"
                os.execv(sys.argv[1], sys.argv[1:4])
            seen = b""
            for line in sys.argv[4:]:
                while not seen.endswith((b"> ", b": ")):
                    seen += os.read(terminal, 4096)
                seen = b""
                os.write(terminal, line.encode() + b"\\r")
            try:
                while os.read(terminal, 4096): pass
            except OSError:
                pass
            os.waitpid(pid, 0)
            """

        @Test("The shell's history has no secrets")
        func history() async throws {
            try await LiveSite.run { site in
                let client = try await Client(port: site.port, as: "alice")
                let token = try await client.ask("TOKEN").after("250 2.0.0 ")
                let state = try TemporaryDirectory()
                let secrets = ["Xyzzy-hidden-78", "clvc1.hidden.x", "hidden-invitation", token]
                let result = try await Tools.python(
                    Self.typing,
                    [
                        Tools.own("clavero"), "--port", "\(site.port)", "LOGIN TOKEN=\(token)",
                        "login token=\(token)", "VERIFY TOKEN=\(token)", "LOGIN alice \(secrets[0])",
                        "LOGIN CHALLENGE=\(secrets[1]) x", "SIGNUP INVITE=\(secrets[2]) bob",
                        secrets[0], secrets[0], "AUTH PLAIN \(Self.encoded(secrets[0])[0])",
                        "AUTH LOGIN \(Self.encoded(secrets[0])[1])", Self.encoded(secrets[0])[1], "WHOAMI", "QUIT",
                    ], environment: ["XDG_STATE_HOME": state.path])
                #expect(result.status == 0, "\(result.errors)")
                let history = try String(contentsOfFile: "\(state.path)/clavero/history", encoding: .utf8)
                for secret in secrets + Self.encoded(secrets[0]) { #expect(!history.contains(secret)) }
                #expect(history.lines.suffix(2) == ["WHOAMI", "QUIT"])
                await client.close()
            }
        }
    }
}
