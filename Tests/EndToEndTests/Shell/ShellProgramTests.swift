import Foundation
import TestKit
import Testing

extension EndToEnd {
    @Suite("The client program", .serialized)
    struct ShellProgram {
        private static func clavero(
            _ site: LiveSite, _ arguments: [String] = [], input: String = ""
        ) async throws -> Tool.Result {
            try await Tools.run(Tools.own("clavero"), ["--port", "\(site.port)"] + arguments, input: input)
        }

        @Test("A script writes its answers, and nothing else, to standard output")
        func script() async throws {
            try await LiveSite.run { site in
                let result = try await Self.clavero(
                    site,
                    input: """
                        # a remark
                        SIGNUP alice
                        correct horse
                        LOGIN alice "correct horse"

                        ENCRYPT
                        one
                        ..two
                        .
                        WHOAMI
                        DECRYPT
                        """ + "\nno sealed message\n.\nWHOAMI\n")
                let lines = result.output.lines
                #expect(lines.prefix(2) == ["alice signed up, key 1", "Logged in as alice"])
                #expect(lines.dropFirst(2).first?.hasPrefix("clv1.") == true)
                #expect(lines.last == "alice")
                #expect(result.errors.lines == ["clavero: line 11: 501 5.6.0 This is not a sealed message"])
                #expect(result.status == 1)
            }
        }

        @Test("One command runs from the arguments, and its result is the exit status")
        func statuses() async throws {
            try await LiveSite.run { site in
                let help = try await Self.clavero(site, ["HELP", "WHOAMI"])
                #expect(help.output.lines.first == "WHOAMI")
                #expect(help.status == 0 && help.errors.isEmpty)
                let signUp = try await Self.clavero(site, ["SIGNUP", "alice"], input: "correct horse\n")
                #expect(signUp.output.lines == ["alice signed up, key 1"])
                let quoted = try await Self.clavero(site, ["LOGIN", "alice", "correct horse"])
                #expect(quoted.output.lines == ["Logged in as alice"])
                let refused = try await Self.clavero(site, ["WHOAMI"])
                #expect(refused.status == 1 && refused.output.isEmpty)
                #expect(refused.errors.lines.last?.contains("530 5.7.0 Log in first") == true)
                #expect(try await Self.clavero(site, ["--frob"]).status == 64)
                site.auth.program.signal(SIGKILL)
                _ = try await site.auth.program.status()
                var away = try await Self.clavero(site, ["WHOAMI"])
                while away.status == 1 { away = try await Self.clavero(site, ["WHOAMI"]) }
                #expect(away.status == 75)
                try await site.auth.start()
            }
            let nobody = try await Tools.run(Tools.own("clavero"), ["--port", "1", "NOOP"])
            #expect(nobody.status == 69)
            #expect(nobody.errors.lines == ["clavero: 127.0.0.1:1: connection refused"])
        }

        @Test("A script is pipelined, and runs nothing after a refusal unless it is told to continue")
        func pipelined() async throws {
            try await LiveSite.run { site in
                let signs = (1...300).map { "SIGN message \($0)" }
                let start = ["SIGNUP alice \"correct horse\"", "LOGIN alice \"correct horse\""]
                let whole = try await Self.clavero(site, input: (start + signs).joined(separator: "\n"))
                #expect(whole.status == 0 && whole.errors.isEmpty)
                #expect(whole.output.lines.count == 302)
                #expect(Set(whole.output.lines).count == 302)
                var refused = ["LOGIN alice \"correct horse\""] + signs
                refused[100] = "ENCRYPT TO=nobody x"
                refused.insert("SIGNUP bob \"battery staple\"", at: 110)
                let stopped = try await Self.clavero(site, input: refused.joined(separator: "\n"))
                #expect(stopped.status == 1)
                #expect(stopped.errors.lines == ["clavero: line 101: 550 5.1.1 One of the recipients has no account"])
                #expect(stopped.output.lines.count == 100)
                let going = try await Self.clavero(site, ["--keep-going"], input: refused.joined(separator: "\n"))
                #expect(going.status == 1)
                #expect(going.errors == stopped.errors)
                #expect(going.output.lines.count == 301)
                // The name is new, so the stopped script ran no request after the refusal.
                #expect(going.output.lines.contains("bob signed up, key 1"))
            }
        }

        @Test("A script that waits for each answer gets it at once")
        func conversation() async throws {
            try await LiveSite.run { site in
                let program = """
                    import subprocess, sys
                    client = subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
                    def ask(line):
                        client.stdin.write(line + "\\n")
                        client.stdin.flush()
                        return client.stdout.readline().strip()
                    print(ask('SIGNUP alice "correct horse"'))
                    print(ask('LOGIN alice "correct horse"'))
                    print(ask("WHOAMI"))
                    print(ask("SIGN x").startswith("clvs1.alice."))
                    client.stdin.close()
                    sys.exit(client.wait())
                    """
                let result = try await Tools.python(program, [Tools.own("clavero"), "--port", "\(site.port)"])
                #expect(result.status == 0)
                #expect(result.output.lines == ["alice signed up, key 1", "Logged in as alice", "alice", "True"])
            }
        }

        @Test("--json writes a JSON object for each reply")
        func json() async throws {
            try await LiveSite.run { site in
                let result = try await Self.clavero(
                    site, ["--json", "--keep-going"],
                    input: """
                        SIGNUP alice "correct horse"
                        WHOAMI
                        LOGIN alice "correct horse"
                        SIGN {3+}
                        abc
                        NOOP
                        """)
                #expect(result.status == 1 && result.errors.isEmpty)
                let read = try await Tools.python(
                    """
                    import json, sys
                    for line in sys.argv[1].splitlines():
                        o = json.loads(line)
                        print(o["line"], o["verb"], o["code"], o["ok"], o["enhanced"], o["text"], o.get("body", "")[:12])
                    """, [result.output])
                #expect(
                    read.output.lines == [
                        "1 SIGNUP 250 True 2.0.0 ['alice signed up, key 1'] ",
                        "2 WHOAMI 530 False 5.7.0 ['Log in first'] ",
                        "3 LOGIN 235 True 2.7.0 ['Logged in as alice'] ",
                        "4 SIGN 250 True 2.0.0 [] clvs1.alice.",
                        "6 NOOP 250 True 2.0.0 ['OK'] OK",
                    ])
                let one = try await Self.clavero(site, ["--json", "WHOAMI"])
                #expect(one.output.hasPrefix("{\"code\":530,") && one.status == 1 && one.errors.isEmpty)
            }
        }

        @Test("A file is decrypted byte for byte, after a log-in by a password file")
        func files() async throws {
            try await LiveSite.run { site in
                let directory = try TemporaryDirectory()
                let script = """
                    set -eu
                    cd "$1"; shift
                    printf 'correct horse\\n' > password
                    head -c 3000000 /dev/urandom > large
                    printf '%s\\n' 'SIGNUP alice "correct horse"' | "$@"
                    chmod 644 password
                    ! "$@" --user alice --password-file password WHOAMI 2>errors
                    grep -q 'others can read it' errors
                    chmod 600 password
                    set -- "$@" --user alice --password-file password
                    "$@" ENCRYPT TO=alice < large > sealed
                    "$@" DECRYPT < sealed > opened 2>about
                    cmp large opened
                    cat about
                    cat large | "$@" SIGN > piped
                    "$@" SIGN < large > signature
                    cmp piped signature
                    "$@" VERIFY "$(cat signature)" < large
                    ! "$@" VERIFY "$(cat signature)" < sealed
                    "$@" ENCRYPT TO=alice "a  b" > line
                    head -c 5 line
                    """
                let result = try await Tools.run(
                    "/bin/bash", ["-c", script, "bash", directory.path, Tools.own("clavero"), "--port", "\(site.port)"])
                #expect(result.status == 0, "\(result.errors)")
                #expect(
                    result.output == """
                        alice signed up, key 1
                        FROM=alice
                        alice signed this with key 1
                        clv1.
                        """)
                #expect(result.errors.lines == ["clavero: 550 5.7.7 The signature does not match the message"])
            }
        }

        @Test("An error in the call is reported, with its own exit status")
        func calls() async throws {
            let directory = try TemporaryDirectory()
            let configuration = "\(directory.path)/clavero/config"
            try FileManager.default.createDirectory(
                atPath: "\(directory.path)/clavero", withIntermediateDirectories: false)
            try "[gate]\nhots = x\n".write(toFile: configuration, atomically: false, encoding: .utf8)
            let run = { (arguments: [String], home: String) in
                try await Tools.run(Tools.own("clavero"), arguments, environment: ["XDG_CONFIG_HOME": home])
            }
            let wrong = try await run(["gate", "NOOP"], directory.path)
            #expect(wrong.status == 78)
            #expect(wrong.errors.lines == ["clavero: \(configuration):2: unknown key hots"])
            let cases = [
                (["--port", "0", "NOOP"], 64), (["--tls", "maybe", "NOOP"], 64), (["alice:secret@gate"], 64),
                (["--host", "a", "b", "NOOP"], 64), (["--fingerprint", "ab", "NOOP"], 64),
                (["--socket", "/no/such/socket", "NOOP"], 69), (["noop.invalid", "NOOP"], 69), (["--help"], 0),
            ]
            for (arguments, status) in cases {
                #expect(try await run(arguments, "/nonexistent").status == Int32(status), "\(arguments)")
            }
        }
    }
}
