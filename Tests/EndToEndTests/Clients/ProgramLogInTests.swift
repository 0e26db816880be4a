import Foundation
import TestKit
import Testing

extension EndToEnd {
    @Suite("Whom the client logs in, and by what", .serialized)
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

        /// Signs alice up, with a password and a key of ssh's, which is in `key`; options that name the site.
        private static func signUp(_ site: LiveSite, _ person: Person, passphrase: String = "") async throws -> [String]
        {
            try await keygen("\(person.home.path)/key", passphrase: passphrase)
            let line = try String(contentsOfFile: "\(person.home.path)/key.pub", encoding: .utf8).lines[0]
            let options = ["--port", "\(site.port)"]
            let signedUp = try await person.clavero(
                options, input: "SIGNUP alice\n\(password)\nLOGIN alice\n\(password)\nADDKEY \(line)\n")
            guard signedUp.status == 0 else { throw Mismatch(signedUp.errors) }
            return options
        }

        @Test("By a key that is named, or that is where ssh has it, and ssh-keygen is told no secret")
        func key() async throws {
            try await LiveSite.run { site in
                let person = try Person()
                let options = try await Self.signUp(site, person) + ["--user", "alice"]
                let key = "\(person.home.path)/key"
                let log = "\(person.home.path)/log"
                try person.write(
                    "#!/bin/sh\nprintf '%s\\n' \"$@\" >> \(log)\nexec /usr/bin/ssh-keygen \"$@\"\n",
                    to: "bin/ssh-keygen", mode: 0o700)
                let path = ["PATH": "\(person.home.path)/bin:/usr/bin:/bin"]
                let named = try await person.clavero(options + ["--identity", key, "WHOAMI"], path)
                #expect(named.status == 0 && named.output.lines == ["alice"] && named.errors == "", "\(named.errors)")
                let words = try String(contentsOfFile: log, encoding: .utf8).lines
                #expect(words == ["-q", "-Y", "sign", "-n", "clavero", "-f", key])

                let none = try await person.clavero(options + ["WHOAMI"])
                #expect(none.status == 1 && none.output == "")
                #expect(
                    none.errors.lines == ["clavero: alice is not logged in: there is neither a key nor a password file"]
                )
                try await Self.keygen("\(person.home.path)/.ssh/id_ed25519")
                let other = try await person.clavero(options + ["WHOAMI"])
                #expect(other.status == 1)
                #expect(
                    other.errors.lines == [
                        "clavero: alice is not logged in: the key \(person.home.path)/.ssh/id_ed25519: "
                            + "535 5.7.8 Not signed with a key of the account"
                    ])
                for name in ["", ".pub"] {
                    let place = URL(filePath: "\(person.home.path)/.ssh/id_ed25519\(name)")
                    try FileManager.default.removeItem(at: place)
                    try FileManager.default.copyItem(at: URL(filePath: key + name), to: place)
                }
                let script = try await person.clavero(
                    Array(options.dropLast(2)), input: "WHOAMI\n", ["CLAVERO_USER": "alice"])
                #expect(script.status == 0 && script.output.lines == ["alice"], "\(script.errors)")
            }
        }

        @Test("By a key that an agent has, of which the public half is named")
        func agent() async throws {
            try await LiveSite.run { site in
                let person = try Person()
                let options = try await Self.signUp(site, person) + ["--user", "alice"]
                let key = "\(person.home.path)/key"
                let socket = "\(person.home.path)/agent"
                let agent = try Program(try Tools.path("ssh-agent", package: "openssh-client"), ["-D", "-a", socket])
                let add = try Tools.path("ssh-add", package: "openssh-client")
                var added = try await Tools.run(add, ["-q", key], environment: ["SSH_AUTH_SOCK": socket])
                while added.status == 2, agent.isRunning {
                    added = try await Tools.run(add, ["-q", key], environment: ["SSH_AUTH_SOCK": socket])
                }
                #expect(added.status == 0, "\(added.errors)")
                try FileManager.default.removeItem(atPath: key)
                let words = options + ["--identity", "\(key).pub", "WHOAMI"]
                let signed = try await person.clavero(words, ["SSH_AUTH_SOCK": socket])
                #expect(signed.status == 0 && signed.output.lines == ["alice"], "\(signed.errors)")
                agent.signal(SIGTERM)
                _ = try await agent.status()
                let alone = try await person.clavero(words)
                #expect(alone.status == 1)
                #expect(
                    alone.errors.lines.last
                        == "clavero: alice is not logged in: ssh-keygen made no signature with \(key).pub")
            }
        }

        @Test("By a key that has a passphrase, for which ssh-keygen asks at the terminal")
        func passphrase() async throws {
            try await LiveSite.run { site in
                let person = try Person()
                let options = try await Self.signUp(site, person, passphrase: "Xyzzy-5150")
                let words = options + ["--identity", "\(person.home.path)/key", "alice@localhost", "WHOAMI"]
                let typed = try await person.terminals([words], question: "passphrase", answer: "Xyzzy-5150")
                #expect(typed.status == 0 && typed.output.lines.last == "alice", "\(typed.output)")
                #expect(!typed.output.contains("Xyzzy"))
                let alone = try await Tools.run(
                    try Tools.path("setsid", package: "util-linux"), ["-w", Tools.own("clavero")] + words,
                    environment: person.environment.merging(["SSH_ASKPASS_REQUIRE": "never"]) { $1 })
                #expect(alone.status == 1 && alone.errors.contains("ssh-keygen made no signature"))
            }
        }

        @Test("By the first line of a file, as long as nobody else can read it")
        func passwordFile() async throws {
            try await LiveSite.run { site in
                let person = try Person()
                let options = try await Self.signUp(site, person) + ["--user", "alice", "--password-file"]
                let file = try person.write("\(Self.password)\r\nmore\n", to: "password")
                let read = try await person.clavero(options + [file, "WHOAMI"])
                #expect(read.status == 0 && read.output.lines == ["alice"] && read.errors == "", "\(read.errors)")
                for mode in [0o640, 0o604, 0o602] {
                    try person.write(Self.password, to: "password", mode: mode)
                    let open = try await person.clavero(options + [file, "WHOAMI"])
                    #expect(open.status == 66 && open.output == "")
                    #expect(
                        open.errors.lines == ["clavero: \(file): others can read it; chmod 600 makes it yours alone"])
                }
                try person.write("wrong\n", to: "password")
                let wrong = try await person.clavero(options + [file, "WHOAMI"])
                #expect(wrong.status == 1)
                #expect(
                    wrong.errors.hasPrefix("clavero: alice is not logged in: the password in \(file): 535 5.7.8 "),
                    "\(wrong.errors)")
                let absent = try await person.clavero(options + ["\(file).none", "WHOAMI"])
                #expect(absent.status == 66)
                #expect(absent.errors.lines == ["clavero: \(file).none: No such file or directory"])
                // What needs no log-in is done without.
                #expect(try await person.clavero(options + [file, "NOOP"]).status == 0)
            }
        }

        @Test("A server that takes no password in clear is not sent one")
        func refusedInClear() async throws {
            let person = try Person()
            let file = try person.write("Xyzzy-0042\n", to: "password")
            let server = try FalseServer()
            async let result = person.clavero(
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
