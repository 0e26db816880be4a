import Foundation
import TestKit
import Testing

extension EndToEnd {
    @Suite("Plugins that misbehave", .serialized)
    struct BadPlugins {
        /// A plugin script, and the text that the server's log has about it in the same line as the plugin's name.
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
            Case(testDescription: "text", script: "echo hello; sleep 100", log: "breaks the protocol of the link"),
            Case(
                testDescription: "a plugin of before", script: "printf '* HELLO 1 x\\r\\n'; sleep 100",
                log: "breaks the protocol of the link"),
            Case(testDescription: "another version", script: "note 'HELLO 9 x'; sleep 100", log: "speaks version 9"),
            Case(
                testDescription: "a hundred thousand commands",
                script: """
                    note 'HELLO 2 x'
                    for i in {1..100000}; do note "COMMAND V$i ACCESS=anyone"; done
                    sleep 100
                    """, log: "too many commands are announced"),
            Case(
                testDescription: "a verb over length",
                script: """
                    note 'HELLO 2 x'; note 'COMMAND A-VERB-OF-TOO-MANY-LETTERS ACCESS=anyone'; note READY; cat
                    """, log: "the plugin does not announce it"),
            Case(testDescription: "half a header, and no more", script: "printf '#0 1'; exit 0", log: "exit status 0"),
            Case(
                testDescription: "half a note, and no more", script: "printf '#0 11\\r\\nHELLO'; exit 0",
                log: "exit status 0"),
            Case(
                testDescription: "a header without an end",
                script: "note 'HELLO 2 x'; printf '#0 '; tr '\\0' 1 </dev/zero", log: "breaks the protocol of the link"),
            Case(
                testDescription: "a frame over the limit", script: "printf '#0 33554433\\r\\n'; cat /dev/zero",
                log: "breaks the protocol of the link"),
            Case(
                testDescription: "a length that overflows",
                script: "printf '#0 18446744073709551627\\r\\nHELLO 2 x\\r\\n'; sleep 100",
                log: "breaks the protocol of the link"),
            Case(
                testDescription: "an unknown attribute",
                script: "frame 0 $'HELLO 2 x\\r\\n' COLOUR=red; sleep 100", log: "breaks the protocol of the link"),
            Case(
                testDescription: "several frames", script: "frame 0 HELLO MORE; frame 0 $' 2 x\\r\\n'; sleep 100",
                log: "breaks the protocol of the link"),
            Case(
                testDescription: "a flood of notes that mean nothing",
                script: "note 'HELLO 2 x'; yes $'#0 5\\r\\nFOO\\r'", log: "that mean nothing"),
        ]

        @Test("A plugin that misbehaves at its start is not served, and the server continues", arguments: atStart)
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
                testDescription: "a lane it was never given", script: "frame 999 $'250 2.0.0 x\\r\\n'",
                log: "a reply for a lane without a request"),
            Case(
                testDescription: "two answers", script: "answer '250 2.0.0 x'; answer '250 2.0.0 y'",
                log: "a reply for a lane without a request"),
            Case(
                testDescription: "a request for another lane", script: "frame 999 $'SIGN line message=1\\r\\nx'",
                log: "a request for an unknown lane"),
            Case(
                testDescription: "half a reply", script: "printf '#%s 15\\r\\n250 2.0' $lane; exit 1",
                log: "exit status 1"),
            Case(testDescription: "half a header", script: "printf '#%s 1' $lane; exit 1", log: "exit status 1"),
            Case(testDescription: "hangs", script: "sleep 1000", log: "no answer in time"),
            Case(
                testDescription: "hangs in a reply", script: "printf '#%s 15\\r\\n250 2.0' $lane; sleep 1000",
                log: "no answer in time"),
            Case(
                testDescription: "floods", script: "yes $'#1 13\\r\\n250 2.0.0 x\\r'",
                log: "breaks the protocol of the link"),
            Case(
                testDescription: "a reply of any size", script: "printf '#%s 99999999999\\r\\n' $lane; cat /dev/zero",
                log: "breaks the protocol of the link"),
            Case(
                testDescription: "a reply in several frames",
                script: "frame $lane '250 2.0.0 ' MORE; frame $lane $'x\\r\\n'", log: "breaks the protocol of the link"),
            Case(
                testDescription: "room given back", script: "frame $lane '' WINDOW=1",
                log: "breaks the protocol of the link"),
            Case(
                testDescription: "the end of a lane", script: "frame $lane '' END",
                log: "breaks the protocol of the link"),
        ]

        @Test(
            "A plugin's bad answer is an error for its client, and the server continues", arguments: inUse)
        func answer(_ fault: Case) async throws {
            // The script misbehaves at its first request, and answers correctly later.
            let plugin = try ScriptPlugin(
                ScriptPlugin.ready + ScriptPlugin.requests + """
                    if [ ! -e "$0.done" ]; then touch "$0.done"; \(fault.script); fi
                    answer "250 2.0.0 {${#body}}"$'\\r\\n'"$body"
                    done
                    """)
            try await LiveSite.run(keys: plugin.options() + ["--plugin-timeout", "1"]) { site in
                let client = try await Client(port: site.port)
                let other = try await Client(port: site.port, as: "bob")
                let first = try await client.ask("HI one")
                // If the plugin answers twice, the first answer is valid. Every other fault ends the link before an
                // answer.
                #expect(first.hasPrefix("451 4.4.2 ") || first == "250 2.0.0 x", "\(first)")
                _ = try await site.keysLog("\"plugin\":\"test\"", fault.log)
                #expect(try await other.ask("SIGN x").hasPrefix("250 2.0.0 clvs1."))
                #expect(try await client.askUntilAnswered("HI two") == "250 2.0.0 two")
                #expect(try await client.ask("WHOAMI").hasPrefix("530 "))
                await client.close()
                await other.close()
            }
        }

        @Test("A plugin may issue only granted commands, for the account whose request it is answering")
        func services() async throws {
            // The body of a request to the plugin is the request that the plugin sends to its host. It has a verb,
            // and the label and the value of one argument.
            let ask = #"""
                ask() {
                    local verb label value length
                    read -r verb label value <<<"$1"
                    frame "$lane" "$verb line${label:+ $label=${#value}}"$'\r\n'"$value"
                    IFS=$' \r' read -r _ length _
                    reply=$(head -c "$length")
                    reply=${reply%$'\r'}
                }
                """#
            let plugin = try ScriptPlugin(
                ask + "\n" + ScriptPlugin.ready + ScriptPlugin.requests + #"""
                    ask "$body"
                    answer "250 2.0.0 ${reply% *}"
                    done
                    """#)
            let options = plugin.options() + ["--plugin-services", "test=SIGN,PUBKEY"]
            try await LiveSite.run(keys: options) { site in
                let client = try await Client(port: site.port)
                try await client.expect("250 2.0.0 530 5.7.0 Log in", to: "HI SIGN message x")
                let alice = try await Client(port: site.port, as: "alice")
                try await alice.expect("250 2.0.0 250 2.0.0", to: "HI SIGN message x")
                // The host's command refuses the same messages for a plugin as for a client.
                try await alice.expect(
                    "250 2.0.0 550 5.7.1 Not signed: SSH could mistake this message for one of its",
                    to: "HI SIGN message SSHSIG x")
                let refused = "250 2.0.0 550 5.7.1 This plugin may not run the"
                for request in ["ENCRYPT message x", "HI message x", "NOOP", "HEALTH", "SIGNUP name bob"] {
                    try await alice.expect(refused, to: "HI \(request)")
                }
                try await alice.expect("250 2.0.0 550 5.1.1 No such", to: "HI PUBKEY name nobody")
                // A request that the plugin writes wrongly is refused as well.
                for request in ["SIGN", "SIGN nonsense x", "PUBKEY message x"] {
                    #expect(try await alice.ask("HI \(request)").hasPrefix("250 2.0.0 50"), "\(request)")
                }
                await client.close()
                await alice.close()
            }
        }

        @Test("The lines of a plugin's standard error are in the log, up to a limit")
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
                #expect(site.keys.program.log.contains { $0.contains("logs too much") && $0.contains("\"902\"") })
                try await site.keys.start()
            }
        }

        @Test("Existing links and sessions learn of a plugin that starts late")
        func late() async throws {
            let plugin = try ScriptPlugin(
                """
                [ -e "$0.now" ] || exit 1
                """ + "\n" + ScriptPlugin.ready + ScriptPlugin.requests
                    + "answer '250 2.0.0 hi'; done")
            // One thread is enough, because each thread of a proxy learns of the plugin separately.
            try await LiveSite.run(keys: plugin.options(), proxy: ["--threads", "1"]) { site in
                let client = try await Client(port: site.port)
                let direct = try await Client(port: site.keys.port)
                let unknown = "500 5.5.1 Unknown command; HELP lists them"
                try await client.expect(unknown, to: "HI there")
                try await direct.expect(unknown, to: "HI there")
                #expect(FileManager.default.createFile(atPath: "\(plugin.path).now", contents: nil))
                _ = try await site.keysLog("link is up", "\"plugin\":\"test\"")
                _ = try await site.proxy.program.line { line in
                    ["link is up", "\"commands\":\"14\""].allSatisfy(line.contains)
                }
                try await client.expect("250 2.0.0 hi", to: "HI there")
                try await direct.expect("250 2.0.0 hi", to: "HI there")
                await client.close()
                await direct.close()
            }
        }
    }
}
