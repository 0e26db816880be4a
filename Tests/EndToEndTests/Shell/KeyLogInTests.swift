import Foundation
import TestKit
import Testing

extension EndToEnd {
    @Suite("Log-in by an SSH key", .serialized)
    struct KeyLogIn {
        /// A key pair from ssh-keygen.
        private struct Key {
            let directory: TemporaryDirectory
            let line: String
            private let path: String

            init() async throws {
                directory = try TemporaryDirectory()
                path = "\(directory.path)/key"
                let made = try await Self.keygen(["-q", "-t", "ed25519", "-N", "", "-C", "laptop", "-f", path])
                guard made.status == 0 else { throw Mismatch(made.errors) }
                line = try String(contentsOfFile: "\(path).pub", encoding: .utf8).lines[0]
            }

            func sign(_ challenge: String, namespace: String = "clavero") async throws -> String {
                let signed = try await Self.keygen(["-q", "-Y", "sign", "-n", namespace, "-f", path], input: challenge)
                guard signed.status == 0 else { throw Mismatch(signed.errors) }
                return signed.output
            }

            private static func keygen(_ arguments: [String], input: String = "") async throws -> Tool.Result {
                try await Tools.run(
                    try Tools.path("ssh-keygen", package: "openssh-client"), arguments, input: input)
            }
        }

        private static func challenge(_ client: Client) async throws -> String {
            try await client.ask("CHALLENGE alice").after("250 2.0.0 ")
        }

        private static func logIn(_ client: Client, _ challenge: String, _ signature: String) async throws -> String {
            let prompt = try await client.ask("LOGIN CHALLENGE=\(challenge)")
            guard prompt.hasPrefix("354 ") else { return prompt }
            return try await client.ask(signature.lines.joined(separator: "\r\n") + "\r\n.")
        }

        @Test("A signed challenge is valid once, in its own session and namespace")
        func proxy() async throws {
            try await LiveSite.run { site in
                let (key, other) = (try await Key(), try await Key())
                let client = try await Client(port: site.port)
                let thief = try await Client(port: site.port)
                try await client.expect("250 2.0.0 alice signed up, key 1", to: "SIGNUP KEY=\"\(key.line)\" alice")
                let challenge = try await Self.challenge(client)
                let signature = try await key.sign(challenge)
                let foreign = "535 5.7.8 This session has no such challenge; ask for one with CHALLENGE"
                let used = "535 5.7.8 The challenge was used or has expired; ask for another one"
                let wrong = "535 5.7.8 The signature is not from a key of the account"
                #expect(try await Self.logIn(thief, challenge, signature) == foreign)
                #expect(try await Self.logIn(client, challenge, signature) == "235 2.7.0 Logged in as alice")
                try await client.expect("250 2.0.0 alice", to: "WHOAMI")
                #expect(try await client.ask("SIGN x").hasPrefix("250 2.0.0 clvs1.alice.1."))
                #expect(try await Self.logIn(client, challenge, signature) == used)
                let second = try await Self.challenge(thief)
                #expect(try await Self.logIn(thief, second, signature) == wrong)
                let third = try await Self.challenge(thief)
                #expect(try await Self.logIn(thief, third, try await key.sign(third, namespace: "file")) == wrong)
                let fourth = try await Self.challenge(thief)
                #expect(try await Self.logIn(thief, fourth, try await other.sign(fourth)) == wrong)
                try await thief.expect("530 5.7.0 Log in first", to: "WHOAMI")
                for client in [client, thief] { await client.close() }
            }
        }

        @Test("A key logs in after it is added, and no longer after it is dropped")
        func addAndDrop() async throws {
            try await LiveSite.run { site in
                let key = try await Key()
                let client = try await Client(port: site.port, as: "alice")
                #expect(try await client.ask("ADDKEY \(key.line)").hasPrefix("250 2.0.0 SHA256:"))
                let challenge = try await Self.challenge(client)
                let signature = try await key.sign(challenge)
                #expect(try await Self.logIn(client, challenge, signature) == "235 2.7.0 Logged in as alice")
                let fingerprint = try await client.ask("LISTKEYS").after("250 2.0.0 ").split(separator: " ")[0]
                #expect(try await client.ask("DROPKEY \(fingerprint)").hasPrefix("250 2.0.0 "))
                let later = try await Self.challenge(client)
                #expect(try await Self.logIn(client, later, try await key.sign(later)).hasPrefix("535 5.7.8 "))
                await client.close()
            }
        }

        /// A program that logs in through pipes to the shell.
        private static let program = """
            import subprocess, sys
            clavero, port, key = sys.argv[1:]
            shell = subprocess.Popen([clavero, "--port", port], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            def say(text):
                shell.stdin.write(text); shell.stdin.flush()
            say(b"CHALLENGE alice\\n")
            word = shell.stdout.readline().strip()
            sign = ["ssh-keygen", "-q", "-Y", "sign", "-n", "clavero", "-f", key]
            signature = subprocess.run(sign, input=word, stdout=subprocess.PIPE, check=True).stdout
            say(b"LOGIN CHALLENGE=" + word + b"\\n" + signature + b".\\n")
            say(b"WHOAMI\\n")
            shell.stdin.close()
            sys.stdout.buffer.write(shell.stdout.read())
            sys.exit(shell.wait())
            """

        @Test("A program logs in through the shell")
        func shell() async throws {
            try await LiveSite.run { site in
                let key = try await Key()
                let signedUp = try await Tools.run(
                    Tools.own("clavero"), ["--port", "\(site.port)", "SIGNUP", "KEY=\(key.line)", "alice"])
                #expect(signedUp.output.lines == ["alice signed up, key 1"], "\(signedUp.errors)")
                let result = try await Tools.python(
                    Self.program, [Tools.own("clavero"), "\(site.port)", "\(key.directory.path)/key"])
                #expect(result.errors == "")
                #expect(result.output.lines == ["Logged in as alice", "alice"])
                #expect(result.status == 0)
            }
        }
    }
}
