import Foundation
import TestKit
import Testing

extension EndToEnd {
    @Suite("The client in scripts", .serialized)
    struct ScriptUse {
        private static func clavero(
            _ site: LiveSite, _ arguments: [String], input: String = ""
        ) async throws -> Tool.Result {
            try await Tools.run(Tools.own("clavero"), ["--port", "\(site.port)"] + arguments, input: input)
        }

        /// Runs `body` on a site with alice and bob, and with options that log alice in.
        private static func run(_ body: (LiveSite, [String]) async throws -> Void) async throws {
            try await LiveSite.run { site in
                for name in ["alice", "bob"] { await (try Client(port: site.port, as: name)).close() }
                let directory = try TemporaryDirectory()
                let password = "\(directory.path)/password"
                // A byte order mark, as an editor of another system writes it, is no part of the password.
                try Data("\u{FEFF}correct horse\n".utf8).write(to: URL(filePath: password))
                chmod(password, 0o600)
                try await body(site, ["--user", "alice", "--password-file", password])
            }
        }

        @Test("A password is asked for at the terminal while standard input is the message")
        func terminal() async throws {
            try await Self.run { site, _ in
                let directory = try TemporaryDirectory()
                let result = try await Tools.python(
                    """
                    import os, pty, sys
                    program, port, directory = sys.argv[1:]
                    os.chdir(directory)
                    open("order", "w").write("the order")
                    child, terminal = pty.fork()
                    if child == 0:
                        os.environ.update(TERM="dumb", HOME=directory)
                        line = f"'{program}' --port {port} --user alice ENCRYPT <order >order.clv 2>errors"
                        os.execv("/bin/sh", ["sh", "-c", line + "; echo status $?"])
                    shown = b""
                    while b"status" not in shown:
                        shown += os.read(terminal, 4096)
                        if shown.endswith(b"password: "):
                            os.write(terminal, b"correct horse\\r")
                    os.waitpid(child, 0)
                    print(shown.decode().split())
                    print(open("order.clv").read()[:5], open("errors").read())
                    """, [Tools.own("clavero"), "\(site.port)", directory.path])
                #expect(
                    result.output == """
                        ["alice's", 'password:', 'status', '0']
                        clv1. \n
                        """, "\(result.errors)")
            }
        }

        @Test("Without a terminal the message names the other ways to log in")
        func noTerminal() async throws {
            try await Self.run { site, _ in
                let result = try await Self.clavero(site, ["--user", "alice", "WHOAMI"])
                #expect(result.status == 1)
                #expect(
                    result.errors.contains("use --password-file, --identity or ssh-agent"), "\(result.errors)")
            }
        }

        @Test("Verbs may be in any case, and a word that is none is never taken for a server")
        func verbs() async throws {
            try await Self.run { site, alice in
                #expect(try await Self.clavero(site, alice + ["sign", "x"]).output.hasPrefix("clvs1.alice.1."))
                #expect(try await Self.clavero(site, ["help", "noop"]).output.hasPrefix("NOOP"))
                let other = try await Self.clavero(site, ["rot13", "hello"])
                #expect(other.status == 64)
                #expect(
                    other.errors.lines == [
                        "clavero: neither rot13 nor hello is a verb; the verbs of plugins are in capitals: ROT13"
                    ])
                let commands = try await Self.clavero(site, ["COMMANDS"]).output.lines
                let lower = commands.compactMap { $0.split(separator: " ").first?.lowercased() }
                for verb in lower where !["quit", "starttls", "auth"].contains(verb) {
                    let result = try await Self.clavero(site, alice + [verb], input: "*\n")
                    #expect(result.status != 64 && result.status != 69, "\(verb): \(result.errors)")
                }
            }
        }

        @Test("An argument that looks like an option is a message after -- and after the options")
        func values() async throws {
            try await Self.run { site, alice in
                let tried = [
                    (["ENCRYPT", "--", "TO=bob"], "TO=bob"), (["ENCRYPT", "TO=alice", "TO=bob"], "TO=bob"),
                    (["ENCRYPT", "TO=alice", "--", "to=bob", "x"], "to=bob x"),
                    (["ENCRYPT", "TO=alice", "--", "--", "y"], "-- y"),
                ]
                for (arguments, message) in tried {
                    let sealed = try await Self.clavero(site, alice + arguments)
                    let opened = try await Self.clavero(
                        site, alice + ["--field", "body", "DECRYPT"], input: sealed.output)
                    #expect(opened.output == message + "\n", "\(arguments): \(sealed.errors)\(opened.errors)")
                }
                let words = alice + ["ENCRYPT", "TO=bob"]
                let empty = try await Tools.run(
                    "/bin/sh",
                    ["-c", ": | \"$@\"", "sh", Tools.own("clavero"), "--port", "\(site.port)"] + words)
                #expect(empty.status == 64 && empty.output.isEmpty)
                #expect(empty.errors.contains("standard input has no message"))
            }
        }

        @Test("A sealed message is text, however its message came, and bytes with --binary")
        func forms() async throws {
            try await Self.run { site, alice in
                let messages = [(["one"], ""), (["one\ntwo"], ""), (["cr\r"], ""), ([], "one\ntwo"), ([], "\u{1}")]
                for (words, input) in messages {
                    let sealed = try await Self.clavero(site, alice + ["ENCRYPT", "TO=alice"] + words, input: input)
                    #expect(sealed.output.hasPrefix("clv1.") && sealed.output.lines.count == 1, "\(words) \(input)")
                    let opened = try await Self.clavero(site, alice + ["DECRYPT"], input: sealed.output)
                    #expect(opened.output == (words.first ?? input))
                }
                let script = """
                    set -eu
                    head -c 16000000 /dev/urandom >large
                    "$@" --binary ENCRYPT TO=alice <large >large.clv
                    [ "$(head -c 5 large.clv | od -An -c | tr -d ' \\n')" = 'clv1\\0' ]
                    "$@" DECRYPT <large.clv | cmp - large
                    "$@" ENCRYPT TO=alice <large | "$@" DECRYPT | cmp - large
                    """
                let directory = try TemporaryDirectory()
                let line = "cd \(directory.path)\n" + script
                let result = try await Tools.run(
                    "/bin/bash", ["-c", line, "bash", Tools.own("clavero"), "--port", "\(site.port)"] + alice)
                #expect(result.status == 0, "\(result.errors)")
            }
        }

        @Test("Every outcome is a JSON object, also when there is no server or no log-in")
        func outcomes() async throws {
            try await Self.run { site, alice in
                let refused = try await Self.clavero(
                    site, ["--json", "--user", "nobody"] + alice.suffix(2) + ["SIGN", "x"])
                #expect(refused.status == 1 && refused.output.hasPrefix(#"{"ok":false,"text":["#), "\(refused)")
                let away = try await Tools.run(Tools.own("clavero"), ["--json", "--port", "1", "NOOP"])
                #expect(away.status == 69)
                #expect(away.output == #"{"ok":false,"text":["127.0.0.1:1: connection refused"]}"# + "\n")
                let sealed = try await Self.clavero(site, alice + ["ENCRYPT", "TO=alice", "x"])
                let from = try await Self.clavero(site, alice + ["--field", "from", "DECRYPT"], input: sealed.output)
                #expect(from.output == "alice\n")
                let none = try await Self.clavero(site, alice + ["--field", "from", "SIGN", "x"])
                let usage = try await Self.clavero(site, ["--json", "--nosuch", "NOOP"])
                #expect(usage.status == 64 && usage.output.hasPrefix(#"{"ok":false,"text":["#), "\(usage)")
                #expect(none.status == 74 && none.errors.contains("the answer has no from; it has body, code,"))
            }
        }

        @Test("A server that asks for more than the request lacks gets nothing")
        func questions() async throws {
            let program = """
                import socket, subprocess, sys, threading
                listener = socket.create_server(("127.0.0.1", 0))
                question, got = sys.argv[2].encode(), []
                def serve():
                    client, _ = listener.accept()
                    file = client.makefile("rb")
                    client.sendall(b"220 gate ready\\r\\n")
                    file.readline()
                    client.sendall(b'250 2.0.0 SIGN ARGS="message:message" ACCESS=anyone PLUGIN=keys SUMMARY=x\\r\\n')
                    file.readline()
                    client.sendall(question + b"\\r\\n")
                    got.append(file.read())
                thread = threading.Thread(target=serve)
                thread.start()
                client = subprocess.run(
                    [sys.argv[1], "--port", str(listener.getsockname()[1]), "SIGN", "x"], input=b"secret\\n",
                    capture_output=True, timeout=50)
                thread.join()
                print(client.returncode, got, client.stderr.decode().strip())
                """
            for question in ["334 Send the password on a line of its own", "354 Send the message"] {
                let result = try await Tools.python(program, [Tools.own("clavero"), question])
                #expect(
                    result.output.hasPrefix("1 [b''] clavero: the server asks for more than the request lacks"),
                    "\(result.output) \(result.errors)")
            }
        }

        @Test("The wrong kind of TLS is told by a hint")
        func tls() async throws {
            try await LiveSite.run([.tls]) { site in
                let options = ["--ca", site.certificate, "--host", "localhost", "--port"]
                let late = try Program(
                    "clavero", ["--tls", "starttls"] + options + ["\(try await site.tlsPort)", "NOOP"])
                let hint = try await late.line { $0.contains("use --tls implicit") }
                #expect(hint.hasSuffix(" sends no greeting; if it begins with TLS, use --tls implicit"))
                late.signal(SIGTERM)
                _ = try await late.status()
                let early = try await Tools.run(
                    Tools.own("clavero"), ["--tls", "implicit"] + options + ["\(site.port)", "NOOP"])
                #expect(early.status == 69)
                #expect(early.errors.contains("(it does not begin with TLS; use --tls starttls)"), "\(early.errors)")
            }
        }
    }
}
