import Foundation
import TestKit
import Testing

extension EndToEnd {
    /// The tests type into the shells, with the scripts that `clavero --generate-completion-script` writes.
    @Suite("Completion in bash, zsh and fish", .serialized)
    struct CommandLineCompletion {
        /// A program that types at an interactive shell, presses Tab and waits for the expected text.
        private static let driver = #"""
            import os, pty, re, select, sys, time
            name, setup, typed, wanted = sys.argv[1:5]
            command = {"bash": ["bash", "--norc", "-i"], "zsh": ["zsh", "-f", "-i"], "fish": ["fish", "--no-config", "-i"]}[name]
            pid, terminal = pty.fork()
            if pid == 0:
                os.environ.update(TERM="dumb" if name == "bash" else "xterm", PS1="$ ", LANG="C.UTF-8")
                os.execvp(command[0], command)
            seen = b""
            end = time.monotonic() + 20
            def until(text):
                global seen
                while text not in seen:
                    if not select.select([terminal], [], [], max(0, end - time.monotonic()))[0]:
                        sys.stderr.write(seen.decode(errors="replace"))
                        sys.exit(1)
                    seen += os.read(terminal, 65536)
            for line in setup.split("\n"):
                os.write(terminal, line.encode() + b"\r")
            os.write(terminal, b"echo re''ady\r")
            until(b"ready")
            seen = b""
            os.write(terminal, typed.encode() + b"\t")
            until(wanted.encode())
            os.close(terminal)
            """#

        private static func setUp(
            _ shell: String, _ directory: String, for program: String = "clavero"
        ) async throws -> String {
            let script = try await Tools.run(Tools.own(program), ["--generate-completion-script", shell])
            #expect(script.status == 0)
            let folder = Repository.programs.path
            switch shell {
            case "bash":
                try script.output.write(toFile: "\(directory)/\(program)", atomically: false, encoding: .utf8)
                return "PATH='\(folder)':$PATH\n. /usr/share/bash-completion/bash_completion\n. \(directory)/\(program)"
            case "zsh":
                try script.output.write(toFile: "\(directory)/_\(program)", atomically: false, encoding: .utf8)
                return "PATH='\(folder)':$PATH\nfpath=(\(directory) $fpath)\nautoload -U compinit && compinit -u -D"
            default:
                try script.output.write(toFile: "\(directory)/\(program).fish", atomically: false, encoding: .utf8)
                return "set PATH '\(folder)' $PATH\nsource \(directory)/\(program).fish"
            }
        }

        @Test(
            "The server completes verbs and their options, and the program its own options",
            arguments: ["bash", "zsh", "fish"])
        func completes(_ shell: String) async throws {
            try await LiveSite.run { site in
                let directory = try TemporaryDirectory()
                let setup = try await Self.setUp(shell, directory.path)
                let cases = [
                    ("clavero --port \(site.port) ENC", "ENCRYPT"),
                    ("clavero --port \(site.port) LOGOUT EV", "EVERYWHERE"),
                    ("clavero --fing", "--fingerprint"), ("clavero --tls star", "starttls"),
                ]
                for (typed, wanted) in cases {
                    let result = try await Tools.python(Self.driver, [shell, setup, typed, wanted])
                    #expect(result.status == 0, "\(typed): \(result.errors)")
                }
            }
        }

        @Test("The daemons complete their commands, options, values and files", arguments: ["bash", "zsh", "fish"])
        func daemons(_ shell: String) async throws {
            let directory = try TemporaryDirectory()
            for (program, cases) in [
                (
                    "claverod",
                    [
                        ("claverod ro", "rotate"), ("claverod audit ver", "verify"),
                        ("claverod serve --sign-up inv", "invited"), ("claverod serve --throttle-n", "etwork-limit"),
                        ("claverod init --up", "--upgrade"),
                    ]
                ),
                (
                    "clavero-proxy",
                    [("clavero-proxy ch", "check"), ("clavero-proxy serve --clear-secrets al", "allow")]
                ),
            ] {
                let setup = try await Self.setUp(shell, directory.path, for: program)
                for (typed, wanted) in cases {
                    let result = try await Tools.python(Self.driver, [shell, setup, typed, wanted])
                    #expect(result.status == 0, "\(typed): \(result.errors)")
                }
            }
        }

        @Test("bash lists the commands that begin with the typed letters")
        func several() async throws {
            let directory = try TemporaryDirectory()
            let setup = try await Self.setUp("bash", directory.path, for: "claverod")
            let lists = setup + "\nbind 'set show-all-if-ambiguous on'"
            let result = try await Tools.python(Self.driver, ["bash", lists, "claverod re", "restore  rewrap"])
            #expect(result.status == 0, "\(result.errors)")
        }
    }
}
