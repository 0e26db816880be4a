import Foundation
import TestKit
import Testing

extension EndToEnd {
    @Suite("Log-in by the client program", .serialized)
    struct ProgramLogIn {
        private static let password = "  correct \"horse\" *\\"

        private static func keygen(_ path: String, passphrase: String = "") async throws {
            try FileManager.default.createDirectory(
                at: URL(filePath: path).deletingLastPathComponent(), withIntermediateDirectories: true)
            let made = try await Tools.run(
                try Tools.path("ssh-keygen", package: "openssh-client"),
                ["-q", "-t", "ed25519", "-N", passphrase, "-f", path])
            guard made.status == 0 else { throw Mismatch(made.errors) }
        }

        /// Signs up alice with a password and an SSH key in the file `key`. Returns the options that name the site.
        private static func signUp(_ site: LiveSite, _ user: ClientUser, passphrase: String = "") async throws
            -> [String]
        {
            try await keygen("\(user.home.path)/key", passphrase: passphrase)
            let line = try String(contentsOfFile: "\(user.home.path)/key.pub", encoding: .utf8).lines[0]
            let options = ["--port", "\(site.port)"]
            let signedUp = try await user.clavero(
                options, input: "SIGNUP alice\n\(password)\nLOGIN alice\n\(password)\nADDKEY \(line)\n")
            guard signedUp.status == 0 else { throw Mismatch(signedUp.errors) }
            return options
        }

        @Test("A given key, or the one at ssh's default path, logs in, and ssh-keygen gets no secret")
        func key() async throws {
            try await LiveSite.run { site in
                let user = try ClientUser()
                let options = try await Self.signUp(site, user) + ["--user", "alice"]
                let key = "\(user.home.path)/key"
                let log = "\(user.home.path)/log"
                try user.write(
                    "#!/bin/sh\nprintf '%s\\n' \"$@\" >> \(log)\nexec /usr/bin/ssh-keygen \"$@\"\n",
                    to: "bin/ssh-keygen", mode: 0o700)
                let path = ["PATH": "\(user.home.path)/bin:/usr/bin:/bin"]
                let named = try await user.clavero(options + ["--identity", key, "WHOAMI"], path)
                #expect(named.status == 0 && named.output.lines == ["alice"] && named.errors == "", "\(named.errors)")
                let words = try String(contentsOfFile: log, encoding: .utf8).lines
                #expect(words == ["-q", "-Y", "sign", "-n", "clavero", "-f", key])

                let none = try await user.clavero(options + ["WHOAMI"])
                #expect(none.status == 1 && none.output == "")
                #expect(
                    none.errors.lines == [
                        "clavero: alice is not logged in: the password cannot be asked for without a terminal; use --password-file, --identity or ssh-agent"
                    ]
                )
                try await Self.keygen("\(user.home.path)/.ssh/id_ed25519")
                let other = try await user.clavero(options + ["WHOAMI"])
                #expect(other.status == 1)
                #expect(
                    other.errors.lines == [
                        "clavero: alice is not logged in: the key \(user.home.path)/.ssh/id_ed25519: "
                            + "535 5.7.8 The signature is not from a key of the account"
                    ])
                for name in ["", ".pub"] {
                    let copy = URL(filePath: "\(user.home.path)/.ssh/id_ed25519\(name)")
                    try FileManager.default.removeItem(at: copy)
                    try FileManager.default.copyItem(at: URL(filePath: key + name), to: copy)
                }
                let script = try await user.clavero(
                    Array(options.dropLast(2)), input: "WHOAMI\n", ["CLAVERO_USER": "alice"])
                #expect(script.status == 0 && script.output.lines == ["alice"], "\(script.errors)")
            }
        }

        @Test("A public key logs in if an agent has its private key")
        func agent() async throws {
            try await LiveSite.run { site in
                let user = try ClientUser()
                let options = try await Self.signUp(site, user) + ["--user", "alice"]
                let key = "\(user.home.path)/key"
                let socket = "\(user.home.path)/agent"
                let agent = try Program(try Tools.path("ssh-agent", package: "openssh-client"), ["-D", "-a", socket])
                let add = try Tools.path("ssh-add", package: "openssh-client")
                var added = try await Tools.run(add, ["-q", key], environment: ["SSH_AUTH_SOCK": socket])
                while added.status == 2, agent.isRunning {
                    added = try await Tools.run(add, ["-q", key], environment: ["SSH_AUTH_SOCK": socket])
                }
                #expect(added.status == 0, "\(added.errors)")
                try FileManager.default.removeItem(atPath: key)
                let words = options + ["--identity", "\(key).pub", "WHOAMI"]
                let signed = try await user.clavero(words, ["SSH_AUTH_SOCK": socket])
                #expect(signed.status == 0 && signed.output.lines == ["alice"], "\(signed.errors)")
                agent.signal(SIGTERM)
                _ = try await agent.status()
                let alone = try await user.clavero(words)
                #expect(alone.status == 1)
                #expect(
                    alone.errors.lines.last
                        == "clavero: alice is not logged in: ssh-keygen made no signature with \(key).pub")
            }
        }

        @Test("ssh-keygen asks for the passphrase of a key at the terminal")
        func passphrase() async throws {
            try await LiveSite.run { site in
                let user = try ClientUser()
                let options = try await Self.signUp(site, user, passphrase: "Xyzzy-5150")
                let words = options + ["--identity", "\(user.home.path)/key", "alice@localhost", "WHOAMI"]
                let typed = try await user.terminals([words], question: "passphrase", answer: "Xyzzy-5150")
                #expect(typed.status == 0 && typed.output.lines.last == "alice", "\(typed.output)")
                #expect(!typed.output.contains("Xyzzy"))
                let alone = try await Tools.run(
                    try Tools.path("setsid", package: "util-linux"), ["-w", Tools.own("clavero")] + words,
                    environment: user.environment.merging(["SSH_ASKPASS_REQUIRE": "never"]) { $1 })
                #expect(alone.status == 1 && alone.errors.contains("ssh-keygen made no signature"))
            }
        }

        @Test("The first line of a password file logs in, if no one else can read the file")
        func passwordFile() async throws {
            try await LiveSite.run { site in
                let user = try ClientUser()
                let options = try await Self.signUp(site, user) + ["--user", "alice", "--password-file"]
                let file = try user.write("\(Self.password)\r\nmore\n", to: "password")
                let read = try await user.clavero(options + [file, "WHOAMI"])
                #expect(read.status == 0 && read.output.lines == ["alice"] && read.errors == "", "\(read.errors)")
                for mode in [0o640, 0o604, 0o602] {
                    try user.write(Self.password, to: "password", mode: mode)
                    let open = try await user.clavero(options + [file, "WHOAMI"])
                    #expect(open.status == 66 && open.output == "")
                    #expect(
                        open.errors.lines == ["clavero: \(file): others can read it; chmod 600 makes it yours alone"])
                }
                try user.write("wrong\n", to: "password")
                let wrong = try await user.clavero(options + [file, "WHOAMI"])
                #expect(wrong.status == 1)
                #expect(
                    wrong.errors.hasPrefix("clavero: alice is not logged in: the password in \(file): 535 5.7.8 "),
                    "\(wrong.errors)")
                let absent = try await user.clavero(options + ["\(file).none", "WHOAMI"])
                #expect(absent.status == 66)
                #expect(absent.errors.lines == ["clavero: \(file).none: No such file or directory"])
                // A command without a log-in does not read the file.
                #expect(try await user.clavero(options + [file, "NOOP"]).status == 0)
            }
        }

        @Test("No password is sent to a server that refuses passwords in clear")
        func refusedInClear() async throws {
            let user = try ClientUser()
            let file = try user.write("Xyzzy-0042\n", to: "password")
            let server = try FalseServer()
            async let result = user.clavero(
                ["--port", "\(server.port)", "--user", "alice", "--password-file", file, "WHOAMI"])
            let conversation = Conversation(try await server.accept())
            try await conversation.send("220 false ready")
            #expect(try await conversation.line() == "COMMANDS")
            try await conversation.send("250 2.0.0 WHOAMI ACCESS=user PLUGIN=auth")
            #expect(try await conversation.line() == "LOGIN alice")
            try await conversation.send("538 5.7.11 Not in clear")
            let rest = try await conversation.line()
            #expect(rest == nil || rest == "QUIT")
            await conversation.close()
            let ended = try await result
            #expect(ended.status == 1)
            #expect(ended.errors.lines == ["clavero: 538 5.7.11 Not in clear"])
        }
    }
}
