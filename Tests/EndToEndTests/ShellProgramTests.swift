import Foundation
import TestKit
import Testing

extension EndToEnd {
    @Suite("clavero, the client", .serialized)
    struct ShellProgram {
        private static func clavero(
            _ site: LiveSite, _ arguments: [String] = [], input: String = ""
        ) async throws -> Tool.Result {
            try await Tools.run(Tools.own("clavero"), ["--port", "\(site.port)"] + arguments, input: input)
        }

        @Test("A script: answers on standard output, nothing else")
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
                #expect(result.errors.lines == ["clavero: line 11: 501 5.6.0 Not a sealed message"])
                #expect(result.status == 1)
            }
        }

        @Test("One command from its arguments, and what becomes of it as exit status")
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

        @Test("At a terminal: the prompt tells who, a password is not shown, and the history is its owner's")
        func terminal() async throws {
            try await LiveSite.run { site in
                let state = try TemporaryDirectory()
                let script = """
                    import os, pty, sys
                    pid, terminal = pty.fork()
                    if pid == 0:
                        os.environ["TERM"] = "dumb"
                        os.execv(sys.argv[1], sys.argv[1:])
                    seen = b""
                    heard = 0
                    def until(text):
                        global seen, heard
                        while text not in seen[heard:]:
                            seen += os.read(terminal, 4096)
                        heard = seen.index(text, heard) + len(text)
                    def say(text):
                        os.write(terminal, text + b"\\r")
                    until(b"clavero> "); say(b"SIGNUP alice")
                    until(b"password: "); say(b"Xyzzy-hidden-77")
                    until(b"again: "); say(b"Xyzzy-hidden-77")
                    until(b"key 1"); until(b"clavero> "); say(b"LOGIN alice Xyzzy-hidden-77")
                    until(b"alice> "); say(b"WHOAMI")
                    until(b"alice> "); os.write(terminal, b"\\x04")
                    try:
                        while True:
                            more = os.read(terminal, 4096)
                            if not more: break
                            seen += more
                    except OSError:
                        pass
                    sys.stdout.buffer.write(seen)
                    sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
                    """
                let result = try await Tools.python(
                    script, [Tools.own("clavero"), "--port", "\(site.port)"],
                    environment: ["XDG_STATE_HOME": state.path])
                #expect(result.status == 0, "\(result.errors)")
                // Shown once: where it was typed on the line itself.
                #expect(result.output.components(separatedBy: "Xyzzy-hidden-77").count == 2)
                let history = "\(state.path)/clavero/history"
                #expect(try String(contentsOfFile: history, encoding: .utf8) == "SIGNUP alice\nWHOAMI\n")
                let mode = try FileManager.default.attributesOfItem(atPath: history)[.posixPermissions] as? Int
                #expect(mode == 0o600)
            }
        }
    }
}
