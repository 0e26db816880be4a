import Foundation
import TestKit
import Testing

extension EndToEnd {
    @Suite("The terminal during and after a prompt", .serialized)
    struct Prompts {
        /// Functions for a program on a terminal of its own: `start` returns its process and the terminal, `until` waits for
        /// a text, and `modes` returns the settings of the terminal.
        private static let prelude = """
            import os, pty, select, signal, sys, termios, time
            program, port = sys.argv[1:3]
            os.environ.update(TERM="xterm", HOME=sys.argv[3], VISUAL="sh ./edit.sh", TMPDIR=sys.argv[3], LANG="C.UTF-8")
            os.chdir(sys.argv[3])
            deadline = time.monotonic() + 60
            def start(*arguments):
                child, terminal = pty.fork()
                if child == 0:
                    os.execv(program, [program, "--port", port, *arguments])
                return child, terminal
            def until(terminal, text, again=None):
                seen = b""
                while text.encode() not in seen:
                    if not select.select([terminal], [], [], 0.2)[0]:
                        if time.monotonic() > deadline: sys.exit(f"{text} is not in {seen}")
                        if again: os.write(terminal, again)
                        continue
                    seen += os.read(terminal, 65536)
                return seen
            def modes(terminal):
                settings = termios.tcgetattr(terminal)
                return [settings[:4], settings[6]]

            """

        private static func run(_ program: String) async throws {
            try await LiveSite.run { site in
                await (try Client(port: site.port, as: "alice")).close()
                let directory = try TemporaryDirectory()
                let result = try await Tools.python(
                    prelude + program, [Tools.own("clavero"), "\(site.port)", directory.path])
                #expect(result.status == 0 && result.output == "done\n", "\(result.output) \(result.errors)")
            }
        }

        @Test("A signal that ends the program at a prompt restores the terminal")
        func terminated() async throws {
            try await Self.run(
                """
                _, other = pty.openpty()
                for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGINT):
                    child, terminal = start("LOGIN", "alice")
                    usual = modes(other)
                    until(terminal, "password: ")
                    assert modes(terminal) != usual
                    os.kill(child, number)
                    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -number
                    assert modes(terminal) == usual, (number, modes(terminal), usual)
                    os.close(terminal)
                print("done")
                """)
        }

        @Test("A program that is stopped at a prompt restores the terminal, and asks again when it continues")
        func stopped() async throws {
            try await Self.run(
                """
                for number, key in ((signal.SIGTSTP, None), (signal.SIGTSTP, b"\\x1a"), (signal.SIGTTIN, None)):
                    # The program has a process group of its own, below a shell that sees it stop.
                    report, told = os.pipe()
                    shell, terminal = pty.fork()
                    if shell == 0:
                        signal.signal(signal.SIGTTOU, signal.SIG_IGN)
                        usual = modes(0)
                        child = os.fork()
                        if child == 0:
                            os.setpgid(0, 0)
                            os.tcsetpgrp(0, os.getpid())
                            signal.signal(signal.SIGTTOU, signal.SIG_DFL)
                            os.execv(program, [program, "--port", port, "LOGIN", "alice"])
                        os.write(told, b"%d\\n" % child)
                        while True:
                            _, status = os.waitpid(child, os.WUNTRACED)
                            same = b"usual" if modes(0) == usual else b"other"
                            os.write(told, b"%s %d\\n" % (same, os.WIFSTOPPED(status)))
                            if not os.WIFSTOPPED(status): os._exit(0)
                            os.kill(child, signal.SIGCONT)
                    os.close(told)
                    reports = os.fdopen(report)
                    child = int(reports.readline())
                    until(terminal, "password: ")
                    os.write(terminal, b"correct ")
                    if key: os.write(terminal, key)
                    else: os.kill(child, number)
                    assert reports.readline() == "usual 1\\n"
                    until(terminal, "password: ")
                    os.write(terminal, b"horse\\r")
                    until(terminal, "Logged in as alice")
                    assert reports.readline() == "usual 0\\n"
                    os.waitpid(shell, 0)
                    os.close(terminal)
                print("done")
                """)
        }

        @Test("A signal that is ignored stays ignored at a prompt, and a terminal that goes away cancels it")
        func goneTerminal() async throws {
            try await Self.run(
                """
                signal.signal(signal.SIGHUP, signal.SIG_IGN)
                child, terminal = start("LOGIN", "alice")
                until(terminal, "password: ")
                os.kill(child, signal.SIGHUP)
                os.write(terminal, b"wrong\\r")
                until(terminal, "Wrong name or password")
                assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 1
                child, terminal = start("LOGIN", "alice")
                until(terminal, "password: ")
                os.close(terminal)
                assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 1
                print("done")
                """)
        }

        @Test("A paste of several lines is no password, and no part of it is run or kept")
        func paste() async throws {
            try await Self.run(
                """
                child, terminal = start()
                until(terminal, "> ")
                os.write(terminal, b"LOGIN alice\\r")
                seen = until(terminal, "password: \\x1b[?2004h")
                text = b"\\x1b[200~" + b"NOOP Xyzzy\\r" * 9000 + b"\\x1b[201~\\r"
                while text:
                    text = text[os.write(terminal, text[:1000]):]
                seen += until(terminal, "The paste has several lines, and one is expected.\\r\\npassword: ")
                os.write(terminal, b"\\x1b[200~correct horse\\n\\x1b[201~\\r")
                seen += until(terminal, "Logged in as alice")
                assert b"Xyzzy" not in seen
                os.write(terminal, b"\\\\q\\r")
                os.waitpid(child, 0)
                assert "Xyzzy" not in open(".local/state/clavero/history").read()
                print("done")
                """)
        }

        @Test("A code takes the place of the password, whose new one is asked for twice")
        func recoveryCode() async throws {
            try await Self.run(
                """
                import subprocess
                lines = 'LOGIN alice "correct horse"\\nRECOVERY "correct horse"\\n'
                shown = subprocess.run([program, "--port", port], input=lines, capture_output=True, text=True).stdout
                codes = [line for line in shown.split() if line.startswith("clvr1.")]
                assert len(codes) == 10, shown
                # The user of the option is not logged in first, because the password is forgotten.
                child, terminal = start("--user", "alice", "PASSWD", "CODE=" + codes[0], "alice")
                seen = until(terminal, "new password: ")
                assert b"alice's password" not in seen, seen
                os.write(terminal, b"battery staple\\r")
                until(terminal, "new password again: ")
                os.write(terminal, b"battery staple\\r")
                until(terminal, "Logged in as alice")
                assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
                # The shell knows whose session it is.
                child, terminal = start()
                until(terminal, "> ")
                os.write(terminal, b"PASSWD CODE=" + codes[1].encode() + b' alice "correct staple"\\r')
                until(terminal, "alice@localhost> ")
                os.write(terminal, b"WHOAMI\\r")
                until(terminal, "alice\\r\\n")
                os.write(terminal, b"\\\\q\\r")
                os.waitpid(child, 0)
                assert codes[1] not in open(".local/state/clavero/history").read()
                print("done")
                """)
        }

        @Test("After an editor that was killed the terminal is as it was before")
        func editor() async throws {
            try await Self.run(
                """
                open("edit.sh", "w").write("stty raw -echo\\nkill -9 $$\\n")
                child, terminal = start()
                usual = modes(terminal)
                until(terminal, "> ")
                os.write(terminal, b'LOGIN alice "correct horse"\\r')
                until(terminal, "alice@localhost> ")
                os.write(terminal, b"\\\\edit SIGN\\r")
                until(terminal, "failed")
                os.write(terminal, b"\\\\q\\r")
                assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
                assert modes(terminal) == usual
                print("done")
                """)
        }

        @Test("Ctrl-C ends the wait for the other end of a named pipe")
        func pipes() async throws {
            try await Self.run(
                """
                os.mkfifo("pipe")
                child, terminal = start()
                until(terminal, "> ")
                os.write(terminal, b'LOGIN alice "correct horse"\\r')
                until(terminal, "alice@localhost> ")
                for line in ("SIGN <pipe", "NOOP >pipe"):
                    os.write(terminal, line.encode() + b"\\r")
                    until(terminal, line)
                    until(terminal, "clavero: pipe: cancelled", again=b"\\x03")
                    os.write(terminal, b"WHOAMI\\r")
                    until(terminal, "alice\\r\\n")
                print("done")
                os.kill(child, signal.SIGKILL)
                os.waitpid(child, 0)
                """)
        }
    }
}
