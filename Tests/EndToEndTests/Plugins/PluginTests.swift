import Foundation
import TestKit
import Testing

extension EndToEnd {
    @Suite("Plugin processes", .serialized)
    struct PluginProcesses {
        @Test("The examples answer as in their transcript", arguments: Manner.allCases)
        func examples(_ manner: Manner) async throws {
            try await LiveSite.run(keys: ScriptPlugin.examples) { site in
                for transcript in Transcript.folder("Tests/Transcripts/Plugins") {
                    var run = TranscriptRun(transcript, manner, on: try SocketTransport(port: site.port))
                    try await run.run()
                }
            }
        }

        @Test("The state of a plugin survives its process, and only its verbs answer 451 while it is gone")
        func restart() async throws {
            try await LiveSite.run(keys: ScriptPlugin.examples) { site in
                let client = try await Client(port: site.port, as: "alice")
                try await client.expect("250 2.0.0 Written", to: "GUEST before")
                let process = try await Tools.run("/usr/bin/pgrep", ["-f", "guest-book.py"]).output.lines
                let own = try #require(
                    try process.compactMap(Int32.init).first { try Self.parent(of: $0) == site.keys.program.pid })
                let count = site.keys.program.log.count
                kill(own, SIGKILL)
                _ = try await site.keysLog(after: count, "the process ended", "guest-book", "signal 9")
                try await client.expect("250 2.0.0 Uryyb", to: "ROT13 Hello")
                #expect(try await client.askUntilAnswered("GUESTS").hasSuffix(" before"))
                await client.close()
            }
        }

        private static func parent(of pid: Int32) throws -> Int32? {
            let status = try String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)
            return status.lines.first { $0.hasPrefix("PPid:") }.flatMap { Int32($0.split(separator: "\t").last!) }
        }

        @Test("A process inherits only its three descriptors and a few variables from the daemon")
        func inheritance() async throws {
            let plugin = try ScriptPlugin(
                ScriptPlugin.ready + ScriptPlugin.requests + """
                    ls /proc/$$/fd >"$0.fd"; env >"$0.env"; pwd >"$0.pwd"; ps -o pgid= -p $$ >"$0.group"; echo $$ >>"$0.group"
                    answer '250 2.0.0 done'
                    done
                    """)
            try await LiveSite.run(keys: plugin.options()) { site in
                let client = try await Client(port: site.port)
                try await client.expect("250 2.0.0 done", to: "HI there")
                let read = { (name: String) in try String(contentsOfFile: "\(plugin.path).\(name)", encoding: .utf8) }
                // Descriptor 255 is the script itself, which bash keeps open.
                #expect(try read("fd").lines.filter { $0 != "255" } == ["0", "1", "2"])
                let variables = try read("env").lines.map { $0.prefix { $0 != "=" } }
                #expect(variables.contains("CLAVERO_PLUGIN_NAME") && !variables.contains { $0.hasPrefix("XDG_") })
                #expect(
                    Set(variables).isSubset(of: [
                        "PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "HOME", "CLAVERO_PLUGIN_NAME", "PWD",
                        "OLDPWD",
                        "SHLVL", "_",
                    ]))
                #expect(try read("pwd").lines == ["\(site.dataDirectory)/plugins/test"])
                let group = try read("group").lines.map { $0.trimmingCharacters(in: .whitespaces) }
                #expect(group[0] == group[1])
                await client.close()
            }
        }

        @Test("A plugin and its children end with its input, and a plugin that does not end is killed")
        func stopping() async throws {
            let plugin = try ScriptPlugin(
                """
                trap '' TERM HUP INT
                \(ScriptPlugin.ready)
                sleep 1000 & echo $! >"$0.child"; echo $$ >"$0.pid"
                while :; do sleep 0.1; done
                """)
            try await LiveSite.run(keys: plugin.options()) { site in
                let client = try await Client(port: site.port)
                try await client.expect("250 2.0.0 OK", to: "NOOP")
                await client.close()
            }
            for name: String in ["pid", "child"] {
                let text = try String(contentsOfFile: "\(plugin.path).\(name)", encoding: .utf8)
                let pid = try #require(Int32(text.trimmingCharacters(in: .whitespacesAndNewlines)))
                // The child has lost its parent. It may still be a zombie that has not been collected.
                let state = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)
                #expect(state == nil || state!.contains(") Z "), "\(name) runs")
            }
        }

        @Test("A plugin's declaration may only be tightened, and commands that it may not have are refused")
        func terms() async throws {
            let plugin = try ScriptPlugin(
                ScriptPlugin.hello + """
                    note 'COMMAND ENCRYPT ARGS="message:message" ACCESS=anyone REPEATABLE=yes SUMMARY="x" HELP="y"'
                    note 'COMMAND NOOP ACCESS=anyone REPEATABLE=yes SUMMARY="x" HELP="y"'
                    note 'COMMAND LOGIN ACCESS=anyone REPEATABLE=yes SUMMARY="x" HELP="y"'
                    note 'COMMAND PIN ARGS="pin:secret" ACCESS=anyone REPEATABLE=yes SUMMARY="x" HELP="y"'
                    note 'COMMAND ROOT ACCESS=operator REPEATABLE=yes SUMMARY="x" HELP="y"'
                    note 'COMMAND OTHER ACCESS=anyone REPEATABLE=yes SUMMARY="x" HELP="y"'
                    note 'COMMAND TOO-LONG-A-VERB-IS ACCESS=anyone REPEATABLE=yes SUMMARY="x" HELP="y"'
                    note READY
                    """ + "\n" + ScriptPlugin.requests + "answer '250 2.0.0 plugin'; done")
            let options = plugin.options("HI:user:once,ENCRYPT,NOOP,LOGIN,PIN,ROOT")
            try await LiveSite.run(keys: options) { site in
                for (verb, reason) in [
                    ("ENCRYPT", "the verb is taken"), ("NOOP", "the verb is taken"), ("LOGIN", "the verb is taken"),
                    ("PIN", "it takes a secret"),
                    ("ROOT", "it is for the operator"), ("OTHER", "it was not granted"),
                ] {
                    _ = try await site.keysLog("\"verb\":\"\(verb)\"", reason)
                }
                let client = try await Client(port: site.port)
                try await client.expect("530 5.7.0 Log in first", to: "HI there")
                try await client.expect("530 5.7.0 Log in first", to: "ENCRYPT x")
                for verb in ["PIN 1", "ROOT", "OTHER"] {
                    try await client.expect("500 5.5.1 Unknown command; HELP lists them", to: verb)
                }
                // The proxy knows which server announced a verb first.
                let alice = try await Client(port: site.port, as: "alice")
                try await alice.expect("250 2.0.0 plugin", to: "HI there")
                #expect(try await alice.ask("ENCRYPT x").hasPrefix("250 2.0.0 clv1."))
                try await client.socket.write(Array("COMMANDS\r\n".utf8))
                let declared = try await client.reply().first { $0.contains("HI ARGS") } ?? ""
                #expect(declared.contains("ACCESS=user") && declared.contains("REPEATABLE=no"))
                #expect(declared.contains("PLUGIN=test"))
                await alice.close()
                await client.close()
            }
        }

        @Test("The permitted plugins of a directory are started, and missing ones are reported")
        func directory() async throws {
            let directory = try TemporaryDirectory()
            for (name, verb) in [("one.sh", "HI"), ("two", "HO"), ("three.sh", "HA")] {
                let script =
                    ScriptPlugin.ready.replacing("HI", with: verb) + "touch '\(directory.path)/\(name).started'\n"
                    + ScriptPlugin.requests + "answer '250 2.0.0 \(name)'; done"
                let path = "\(directory.path)/\(name)"
                try ScriptPlugin.text(script).write(toFile: path, atomically: false, encoding: .utf8)
                try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
            }
            let options = ["one=HI", "two=HO", "four=HE"].flatMap { ["--plugin-verbs", $0] }
            try await LiveSite.run(keys: ["--plugin-dir", directory.path] + options) { site in
                let client = try await Client(port: site.port)
                try await client.expect("250 2.0.0 one.sh", to: "HI there")
                try await client.expect("250 2.0.0 two", to: "HO there")
                try await client.expect("500 5.5.1 Unknown command; HELP lists them", to: "HA there")
                _ = try await site.keysLog("no such plugin", "\"plugin\":\"four\"")
                #expect(!FileManager.default.fileExists(atPath: "\(directory.path)/three.sh.started"))
                await client.close()
            }
        }

        @Test("The shell explains and completes a plugin's commands like any others")
        func shell() async throws {
            try await LiveSite.run(keys: ScriptPlugin.examples) { site in
                let port = ["--host", "127.0.0.1", "--port", "\(site.port)"]
                let turned = try await Tools.run(Tools.own("clavero"), port + ["ROT13"], input: "Hello")
                #expect(turned.output == "Uryyb")
                let help = try await Tools.run(Tools.own("clavero"), port + ["HELP", "GUEST"])
                #expect(help.output.lines.first == "GUEST message")
                let mistyped = try await Tools.run(Tools.own("clavero"), port + ["STAMPPED", "x"])
                #expect(mistyped.status != 0)
            }
        }

        @Test("Each request to a plugin and each request by it is audited with its account")
        func audit() async throws {
            try await LiveSite.run(keys: ScriptPlugin.examples) { site in
                let client = try await Client(port: site.port, as: "alice")
                try await client.expect("250 2.0.0 Written", to: "GUEST hello")
                try await client.expect("250 2.0.0 Uryyb", to: "ROT13 Hello")
                await client.close()
                site.keys.program.signal(SIGTERM)
                _ = try await site.keys.program.status()
                let log = try String(contentsOfFile: "\(site.dataDirectory)/audit-keys.log", encoding: .utf8).lines
                let line = { (verb: String) in log.first { $0.contains("\"verb\":\"\(verb)\"") } ?? "" }
                #expect(line("GUEST").contains("\"who\":\"alice\"") && line("GUEST").contains("5 bytes"))
                #expect(line("SIGN").contains("\"who\":\"alice\"") && line("SIGN").contains(" by guest-book\""))
                #expect(line("ROT13").contains("\"code\":250"))
                #expect(!log.joined().contains("hello"))
                try await site.keys.start()
            }
        }
    }
}
