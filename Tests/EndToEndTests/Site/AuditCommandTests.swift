import Foundation
import TestKit
import Testing

extension EndToEnd {
    @Suite("claverod audit verify", .serialized)
    struct AuditCommand {
        private static let secrets = ["Xyzzy-first-5512", "Xyzzy-second-5512", "Plugh-message-5512"]

        private static func verify(_ arguments: String...) async throws -> Tool.Result {
            try await Tools.run(Tools.own("claverod"), ["audit", "verify"] + arguments)
        }

        /// Returns the text after `label` in the summary.
        private static func value(_ label: String, _ result: Tool.Result) throws -> String {
            let line = try #require(result.output.lines.first { $0.hasPrefix("\(label): ") }, "\(result)")
            return String(line.dropFirst(label.count + 2))
        }

        private static func dialogue(_ site: LiveSite) async throws {
            let client = try await Client(port: site.port)
            try await client.expect("250 2.0.0 alice signed up, key 1", to: "SIGNUP alice \(secrets[0])")
            try await client.expect("535 5.7.8 Wrong name or password", to: "LOGIN alice wrong-\(secrets[0])")
            try await client.expect("235 2.7.0 Logged in as alice", to: "LOGIN alice \(secrets[0])")
            for _ in 0..<5 {
                let sealed = try await client.ask("ENCRYPT \(secrets[2])").after("250 2.0.0 ")
                try await client.expect("250 2.0.0 FROM=alice \(secrets[2])", to: "DECRYPT \(sealed)")
            }
            #expect(try await client.ask("PASSWD \(secrets[0]) \(secrets[1])").hasPrefix("250 "))
            await client.close()
        }

        /// Copies a log, its head and the public key into a new folder. Returns the path of the copied log.
        private static func copy(_ log: String, to folder: String) throws -> String {
            let data = URL(filePath: log).deletingLastPathComponent()
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            for name in ["audit-keys.log", "audit-keys.log.head", "audit.pub"] {
                try FileManager.default.copyItem(
                    at: data.appending(path: name), to: URL(filePath: folder).appending(path: name))
            }
            return "\(folder)/audit-keys.log"
        }

        @Test("The servers' log is intact and contains no secret, and a change in it is named")
        func manipulation() async throws {
            try await LiveSite.run { site in
                let log = "\(site.dataDirectory)/audit-keys.log"
                try await Self.dialogue(site)
                let running = try await Self.verify(log)
                #expect(running.status == 0 && running.output.lines.last == "intact", "\(running)")
                site.keys.program.signal(SIGTERM)
                #expect(try await site.keys.program.status() == 0)
                let stopped = try await Self.verify(log)
                #expect(stopped.status == 0, "\(stopped)")
                let text = try String(contentsOfFile: log, encoding: .utf8)
                #expect(try Self.value("lines", stopped) == "\(text.lines.count)")
                #expect(try Self.value("not sealed yet", stopped) == "0")
                #expect(try Self.value("records lost", stopped) == "0")
                #expect(text.lines.filter { $0.contains("\"verb\":\"DECRYPT\"") }.count == 5)
                try Self.expectNoSecrets(site)
                try await Self.harm(log, text.lines, site)
                try await Self.cut(log, text.lines, noted: try Self.value("checkpoint", stopped), site)
                try await site.keys.start()
            }
        }

        private static func harm(_ log: String, _ lines: [String], _ site: LiveSite) async throws {
            let number = try #require(lines.firstIndex { $0.contains("\"verb\":\"DECRYPT\"") })
            let changed = try copy(log, to: "\(site.directory.path)/changed")
            var other = lines
            other[number] = lines[number].replacing("\"who\":\"alice\"", with: "\"who\":\"alica\"")
            try (other.joined(separator: "\n") + "\n").write(toFile: changed, atomically: false, encoding: .utf8)
            let one = try await verify(changed)
            #expect(one.status == 1)
            // Line numbers begin with 1. The line after the changed line is the one that does not follow.
            let (this, next) = (number + 1, number + 2)
            #expect(
                one.output.lines.first == "line \(next) does not follow from line \(this): one of them was changed")
            #expect(one.output.lines.last == "not intact, findings: 1")

            let removed = try copy(log, to: "\(site.directory.path)/removed")
            other = lines
            other.remove(at: number)
            try (other.joined(separator: "\n") + "\n").write(toFile: removed, atomically: false, encoding: .utf8)
            let two = try await verify(removed)
            #expect(two.status == 1)
            #expect(two.output.lines.first == "lines are missing before line \(this): seq \(this)")
        }

        private static func cut(_ log: String, _ lines: [String], noted: String, _ site: LiveSite) async throws {
            let last = try #require(lines.lastIndex { $0.contains("\"checkpoint\":") })
            #expect(noted.hasPrefix("\(last + 1):"))
            let cut = try copy(log, to: "\(site.directory.path)/cut")
            let rest = lines[..<last].map { $0 + "\n" }.joined()
            try rest.write(toFile: cut, atomically: false, encoding: .utf8)
            let headed = try await verify(cut)
            #expect(headed.status == 1)
            #expect(headed.output.lines.first == "cut off: checkpoint seq \(last + 1) is missing")
            // Without the head file the cut is not found, unless the operator noted a checkpoint.
            try FileManager.default.removeItem(atPath: cut + ".head")
            #expect(try await verify(cut).status == 0)
            let expected = try await verify(cut, "--contains", noted)
            #expect(expected.status == 1)
            #expect(
                expected.output.lines.first == "the line of seq \(last + 1) with the hash expected is missing")
            #expect(try await verify(log, "--contains", noted).status == 0)
        }

        private static func expectNoSecrets(_ site: LiveSite) throws {
            let files = try ["keys", "auth"].map {
                try String(contentsOfFile: "\(site.dataDirectory)/audit-\($0).log", encoding: .utf8)
            }
            let logs = files + [site.keys, site.auth, site.proxy].map { $0.program.log.joined() }
            for secret in secrets { for log in logs { #expect(!log.contains(secret)) } }
            for log in files { #expect(log.contains("alice")) }
        }

        @Test("The key may be in another file, and a file that cannot be read or parsed is reported in one line")
        func refusals() async throws {
            let directory = try TemporaryDirectory()
            let (data, other) = ("\(directory.path)/data", "\(directory.path)/other")
            for path in [data, other] {
                #expect(try await Tools.run(Tools.own("claverod"), ["init", path]).status == 0)
            }
            let serve = ["--plugins", "keys", "--data-dir", data, "--listen", "127.0.0.1:0"]
            let program = try Program("claverod", serve + ["--audit-log", "\(directory.path)/a.log"])
            _ = try await program.port()
            program.signal(SIGTERM)
            #expect(try await program.status() == 0)
            let log = "\(directory.path)/a.log"
            #expect(try await Self.verify(log, "--key", "\(data)/audit.pub").status == 0)
            let foreign = try await Self.verify(log, "--key", "\(other)/audit.pub")
            #expect(foreign.status == 1)
            #expect(foreign.output.contains("\nline 1 is signed with an unknown key, "))
            for (arguments, reason) in [
                ([log], "\(directory.path)/audit.pub: no such file; give the log's public key with --key"),
                (["\(log).none", "--key", "\(data)/audit.pub"], "\(log).none: No such file or directory"),
                ([log, "--key", log], "\(log): not an Ed25519 public key in PEM"),
            ] {
                let result = try await Tools.run(Tools.own("claverod"), ["audit", "verify"] + arguments)
                #expect(result.status >= 64)
                #expect(result.errors.lines == ["claverod: \(reason)"])
            }
            for point in ["", "1", "1:", "x:\(String(repeating: "A", count: 43))", "1:AAAA"] {
                #expect(try await Self.verify(log, "--contains", point).status == 64, "\(point)")
            }
        }
    }

    @Suite("The commands of claverod", .serialized)
    struct CommandWords {
        private static func run(_ arguments: String...) async throws -> Tool.Result {
            try await Tools.run(Tools.own("claverod"), arguments)
        }

        @Test("help lists the commands, and has a text for each")
        func help() async throws {
            let all = try await Self.run("help")
            #expect(all.status == 0)
            for words in [["init"], ["rewrap"], ["rotate"], ["backup"], ["restore"], ["audit", "verify"]] {
                let name = words.joined(separator: " ")
                #expect(all.output.contains("\n  \(words[0]) "), "\(name)")
                let one = try await Tools.run(Tools.own("claverod"), ["help"] + words)
                #expect(one.status == 0 && one.output.contains("USAGE: claverod \(name) "), "\(name)")
                let same = try await Tools.run(Tools.own("claverod"), words + ["--help"])
                #expect(same.status == 0 && same.output.contains("USAGE: claverod \(name) "), "\(name)")
                let none = try await Tools.run(Tools.own("claverod"), words)
                #expect(none.status == 64, "\(name)")
            }
        }

        @Test("An unknown command is named")
        func unknown() async throws {
            for (arguments, word) in [(["frob"], "frob"), (["help", "a\u{1b}b"], "a\\u{1B}b")] {
                let result = try await Tools.run(Tools.own("claverod"), arguments)
                #expect(result.status == 64)
                #expect(result.errors == "claverod: no such command: \"\(word)\"; claverod help lists the commands\n")
            }
            let near = try await Tools.run(Tools.own("claverod"), ["rotat", "/nowhere"])
            #expect(near.errors.contains("no such command: \"rotat\"; did you mean rotate? "))
            let group = try await Tools.run(Tools.own("claverod"), ["audit"])
            #expect(group.status == 0 && group.output.contains("USAGE: claverod audit <subcommand>"))
        }
    }
}
