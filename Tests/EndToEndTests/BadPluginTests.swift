import Foundation
import TestKit
import Testing

extension EndToEnd {
    @Suite("Plugins that do what they should not", .serialized)
    struct BadPlugins {
        /// What a plugin is, and what the log says of it, beside its name.
        struct Case: Sendable, CustomTestStringConvertible {
            let testDescription: String
            let script: String
            var mode = 0o755
            let log: String
        }

        static let atStart = [
            Case(testDescription: "not executable", script: "", mode: 0o644, log: "Permission denied"),
            Case(testDescription: "exits at once", script: "exit 3", log: "exit status 3"),
            Case(testDescription: "ends by a signal", script: "kill -SEGV $$", log: "signal 11"),
            Case(
                testDescription: "rubbish", script: "head -c 100000 /dev/zero; sleep 100",
                log: "breaks the protocol of the link"),
            Case(testDescription: "text", script: "echo hello; sleep 100", log: "a reply without a code"),
            Case(
                testDescription: "another version", script: "printf '* HELLO 9 x\\r\\n'; sleep 100",
                log: "speaks version 9"),
            Case(
                testDescription: "a hundred thousand commands",
                script: """
                    printf '* HELLO 1 x\\r\\n'
                    for i in {1..100000}; do printf '* COMMAND V%s ACCESS=anyone\\r\\n' $i; done
                    sleep 100
                    """, log: "too many commands are announced"),
            Case(
                testDescription: "a verb over length",
                script: """
                    printf '* HELLO 1 x\\r\\n* COMMAND A-VERB-OF-TOO-MANY-LETTERS ACCESS=anyone\\r\\n* READY\\r\\n'; cat
                    """, log: "it does not announce it"),
            Case(
                testDescription: "half a line, and no more", script: "printf '* HEL'; exit 0", log: "exit status 0"),
            Case(
                testDescription: "lines without an end", script: "printf '* HELLO 1 x\\r\\n'; tr '\\0' x </dev/zero",
                log: "breaks the protocol of the link"),
            Case(
                testDescription: "a flood of lines that mean nothing",
                script: "printf '* HELLO 1 x\\r\\n'; yes '* FOO'", log: "too many lines that mean nothing"),
        ]

        @Test("At its start", arguments: atStart)
        func start(_ fault: Case) async throws {
            let plugin = try ScriptPlugin(fault.script, mode: fault.mode)
            try await LiveSite.run(keys: plugin.options()) { site in
                _ = try await site.keysLog("\"plugin\":\"test\"", fault.log)
                let client = try await Client(port: site.port, as: "alice")
                #expect(try await client.ask("ENCRYPT x").hasPrefix("250 2.0.0 clv1."))
                await client.close()
            }
        }

        static let inUse = [
            Case(
                testDescription: "a lane it was never given", script: "printf '#999 250 2.0.0 x\\r\\n'",
                log: "a reply for a lane without a request"),
            Case(
                testDescription: "two answers", script: "printf '%s 250 2.0.0 x\\r\\n%s 250 2.0.0 y\\r\\n' $lane $lane",
                log: "a reply for a lane without a request"),
            Case(
                testDescription: "a request for another lane", script: "printf '#999 SIGN {1+}\\r\\nx\\r\\n'",
                log: "a request for a lane that there is not"),
            Case(testDescription: "half a line", script: "printf '%s 250 2.0' $lane; exit 1", log: "exit status 1"),
            Case(testDescription: "hangs", script: "sleep 1000", log: "no answer in time"),
            Case(testDescription: "floods", script: "yes '#1 250 2.0.0 x'", log: "breaks the protocol of the link"),
            Case(
                testDescription: "a literal of any size", script: "printf '%s 250 2.0.0 {99999999999}\\r\\n' $lane",
                log: "a literal in a reply is too large"),
        ]

        @Test("In answer to a request", arguments: inUse)
        func answer(_ fault: Case) async throws {
            // Asked for the first time it does what it should not, and later what it should.
            let plugin = try ScriptPlugin(
                ScriptPlugin.ready + ScriptPlugin.requests + """
                    if [ ! -e "$0.done" ]; then touch "$0.done"; \(fault.script); fi
                    printf '%s 250 2.0.0 {%s}\\r\\n%s\\r\\n' $lane ${#body} "$body"
                    done
                    """)
            try await LiveSite.run(keys: plugin.options() + ["--plugin-timeout", "1"]) { site in
                let client = try await Client(port: site.port)
                let other = try await Client(port: site.port, as: "bob")
                let first = try await client.ask("HI one")
                // Of two answers the first is good; all else ends with the link.
                #expect(first.hasPrefix("451 4.4.2 ") || first == "250 2.0.0 x", "\(first)")
                _ = try await site.keysLog("\"plugin\":\"test\"", fault.log)
                #expect(try await other.ask("SIGN x").hasPrefix("250 2.0.0 clvs1."))
                #expect(try await client.askUntilAnswered("HI two") == "250 2.0.0 two")
                #expect(try await client.ask("WHOAMI").hasPrefix("530 "))
                await client.close()
                await other.close()
            }
        }

        @Test("It cannot log a session in or out, end it, ask it for more, or speak to its terminal")
        func effects() async throws {
            let plugin = try ScriptPlugin(
                ScriptPlugin.ready + ScriptPlugin.requests + """
                    case $body in
                    out) printf '* TOKEN %s\\r\\n%s 250 2.0.0 x\\r\\n' "${lane#?}" "$lane" ;;
                    in) printf '* TOKEN %s %s\\r\\n%s 235 2.7.0 x\\r\\n' "${lane#?}" "$body" "$lane" ;;
                    end) printf '%s 221 2.0.0 x\\r\\n' "$lane" ;;
                    more) printf '%s 354 x\\r\\n' "$lane" ;;
                    plain) printf '%s 250 x\\r\\n' "$lane" ;;
                    screen) printf '%s 250 2.0.0 a\\033[2Jb\\r\\n' "$lane" ;;
                    unknown) printf '* FUTURE x\\r\\n* LANE 7\\r\\n%s 250 2.0.0 x\\r\\n' "$lane" ;;
                    esac
                    done
                    """)
            try await LiveSite.run(keys: plugin.options()) { site in
                let client = try await Client(port: site.port, as: "alice")
                let none = "451 4.3.0 The plugin for this command gave no answer; the operator has to look"
                for (request, answer) in [
                    ("out", "250 2.0.0 x"), ("in", none), ("end", none), ("more", none), ("plain", "250 2.0.0 x"),
                    ("screen", "250 2.0.0 a?[2Jb"), ("unknown", "250 2.0.0 x"),
                ] {
                    try await client.expect(answer, to: "HI \(request)")
                    try await client.expect("250 2.0.0 alice", to: "WHOAMI")
                }
                await client.close()
            }
        }

        @Test("It asks its host for what it was granted, for whom it answers, while it does; and for nothing else")
        func services() async throws {
            let ask = #"""
                ask() { printf '%s %s\r\n' "$lane" "$1"; IFS= read -r reply; reply=${reply#* }; reply=${reply%?}; }
                """#
            let plugin = try ScriptPlugin(
                ask + "\n" + ScriptPlugin.ready + ScriptPlugin.requests + #"""
                    ask "$body"
                    case $reply in *'{'*) IFS= read -r more ;; esac
                    printf '%s 250 2.0.0 %s\r\n' "$lane" "${reply% *}"
                    done
                    """#)
            let options = plugin.options() + ["--plugin-services", "test=SIGN,PUBKEY"]
            try await LiveSite.run(keys: options) { site in
                let client = try await Client(port: site.port)
                try await client.expect("250 2.0.0 530 5.7.0 Log in", to: "HI SIGN x")
                let alice = try await Client(port: site.port, as: "alice")
                #expect(try await alice.ask("HI SIGN x").hasPrefix("250 2.0.0 250 2.0.0"))
                // What the command refuses, it refuses a plugin too.
                try await alice.expect(
                    "250 2.0.0 550 5.7.1 Not signed: SSH would take this message for one of its", to: "HI SIGN SSHSIG x"
                )
                let refused = "250 2.0.0 550 5.7.1 Not a command that this plugin may"
                for request in ["HI ENCRYPT x", "HI HI x", "HI NOOP", "HI HEALTH", "HI \"SIGNUP bob secret12345\""] {
                    try await alice.expect(refused, to: request)
                }
                try await alice.expect("250 2.0.0 550 5.1.1 No such", to: "HI PUBKEY nobody")
                await client.close()
                await alice.close()
            }
        }

        @Test("What it says on its standard error is in the log, a line each, and not without end")
        func standardError() async throws {
            let plugin = try ScriptPlugin(
                #"""
                printf 'a\033[31mb\n' >&2; head -c 5000 /dev/zero | tr '\0' x >&2; echo >&2
                for i in {1..1000}; do echo "line $i." >&2; done
                """# + "\n" + ScriptPlugin.ready + "cat >/dev/null")
            try await LiveSite.run(keys: plugin.options()) { site in
                _ = try await site.keysLog("the plugin says", "\"plugin\":\"test\"", #"a\u001b[31mb"#)
                _ = try await site.keysLog("xxxx")
                _ = try await site.keysLog("line 98.")
                #expect(!site.keys.program.log.contains { $0.contains("line 99.") || $0.utf8.count > 2000 })
                site.keys.program.signal(SIGTERM)
                _ = try await site.keys.program.status()
                #expect(site.keys.program.log.contains { $0.contains("says too much") && $0.contains("\"902\"") })
                try await site.keys.start()
            }
        }

        @Test("A plugin that comes late is known then, through links and sessions that there are")
        func late() async throws {
            let plugin = try ScriptPlugin(
                """
                [ -e "$0.now" ] || exit 1
                """ + "\n" + ScriptPlugin.ready + ScriptPlugin.requests
                    + "printf '%s 250 2.0.0 hi\\r\\n' \"$lane\"; done")
            // Each thread of a proxy hears of it by itself.
            try await LiveSite.run(keys: plugin.options(), proxy: ["--threads", "1"]) { site in
                let client = try await Client(port: site.port)
                let direct = try await Client(port: site.keys.port)
                let unknown = "500 5.5.1 Unknown command; HELP lists them"
                try await client.expect(unknown, to: "HI there")
                try await direct.expect(unknown, to: "HI there")
                #expect(FileManager.default.createFile(atPath: "\(plugin.path).now", contents: nil))
                _ = try await site.keysLog("link is up", "\"plugin\":\"test\"")
                _ = try await site.proxy.program.line { line in
                    ["link is up", "\"commands\":\"6\"", "\"requests\":\"small\""].allSatisfy(line.contains)
                }
                try await client.expect("250 2.0.0 hi", to: "HI there")
                try await direct.expect("250 2.0.0 hi", to: "HI there")
                await client.close()
                await direct.close()
            }
        }
    }
}
