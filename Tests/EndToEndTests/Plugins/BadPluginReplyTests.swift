import Foundation
import TestKit
import Testing

extension EndToEnd {
    @Suite("Plugins whose replies are not what they should be", .serialized)
    struct BadPluginReplies {
        @Test("A payload that is not exactly one reply is an error for its client, and the plugin continues")
        func replies() async throws {
            let plugin = try ScriptPlugin(
                ScriptPlugin.ready + ScriptPlugin.requests + """
                    case $body in
                    bad) printf '#%s %d\\r\\n' "$lane" "$(stat -c %s "$0.reply")"; cat "$0.reply" ;;
                    *) answer "250 2.0.0 $$" ;;
                    esac
                    done
                    """)
            try await LiveSite.run(keys: plugin.options()) { site in
                let client = try await Client(port: site.port)
                let process = try await client.ask("HI there")
                #expect(process.hasPrefix("250 2.0.0 "))
                for (name, text) in BadFrames.replies + [("nothing", ""), ("neither a letter nor a digit", "?\r\n")] {
                    try Data(text.utf8).write(to: URL(filePath: "\(plugin.path).reply"))
                    let reply = try await client.ask("HI bad")
                    #expect(reply.hasPrefix("451 4.3.0 "), "\(name): \(reply)")
                    try await client.expect(process, to: "HI there")
                }
                await client.close()
            }
        }

        @Test("A header that breaks the grammar ends only the link of the plugin")
        func headers() async throws {
            let plugin = try ScriptPlugin(
                ScriptPlugin.ready + ScriptPlugin.requests + """
                    case $body in
                    bad) sed "s/#7777/#$lane/" "$0.frame" ;;
                    *) answer '250 2.0.0 hi' ;;
                    esac
                    done
                    """)
            try await LiveSite.run(keys: plugin.options()) { site in
                let client = try await Client(port: site.port, as: "alice")
                // Each of the cases ends the process. The same parser reads all links, so a sample of
                // the cases is enough.
                let cases = BadFrames.headers(7777, "250 2.0.0 x\r\n", limit: 33_554_432).enumerated()
                for (place, (name, text)) in cases where place % 6 == 0 {
                    #expect(try await client.askUntilAnswered("HI there") == "250 2.0.0 hi")
                    try Data(text.utf8).write(to: URL(filePath: "\(plugin.path).frame"))
                    let reply = try await client.ask("HI bad")
                    #expect(reply.hasPrefix("451 4.4.2 "), "\(name): \(reply)")
                    #expect(try await client.ask("SIGN x").hasPrefix("250 2.0.0 clvs1."), "\(name)")
                }
                await client.close()
            }
        }

        @Test("A plugin cannot log a session in or out, end it, ask it for more, or speak to its terminal")
        func effects() async throws {
            let plugin = try ScriptPlugin(
                ScriptPlugin.ready + ScriptPlugin.requests + """
                    case $body in
                    out) frame "$lane" $'250 2.0.0 x\\r\\n' TOKEN=- ;;
                    in) frame "$lane" $'250 2.0.0 x\\r\\n' TOKEN=stolen ;;
                    code) answer '235 2.7.0 x' ;;
                    end) answer '221 2.0.0 x' ;;
                    more) answer '354 x' ;;
                    plain) answer '250 x' ;;
                    screen) answer $'250 2.0.0 a\\033[2Jb' ;;
                    unknown) note 'FUTURE x'; note 'PONG 7'; answer '250 2.0.0 x' ;;
                    esac
                    done
                    """)
            try await LiveSite.run(keys: plugin.options()) { site in
                let client = try await Client(port: site.port, as: "alice")
                let none = "451 4.3.0 The plugin for this command did not answer; ask the operator"
                for (request, answer) in [
                    ("code", none), ("end", none),
                    ("more", "451 4.3.0 The server's answer cannot be read; the command may or may not have been run"),
                    ("plain", "250 2.0.0 x"),
                    ("screen", "250 2.0.0 a?[2Jb"), ("unknown", "250 2.0.0 x"),
                ] {
                    try await client.expect(answer, to: "HI \(request)")
                    try await client.expect("250 2.0.0 alice", to: "WHOAMI")
                }
                // Only a server may give a token. The attempt may end the link of the plugin, but it does not change
                // the session.
                for request in ["out", "in"] {
                    _ = try await client.ask("HI \(request)")
                    try await client.expect("250 2.0.0 alice", to: "WHOAMI")
                    #expect(try await client.askUntilAnswered("HI unknown") == "250 2.0.0 x")
                }
                await client.close()
            }
        }
    }
}
