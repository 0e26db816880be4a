import Foundation
import TestKit
import Testing

extension EndToEnd {
    @Suite("Monitoring with --latency and --stat", .serialized)
    struct Monitoring {
        private static func look(_ arguments: [String]) async throws -> Tool.Result {
            try await Tools.run(Tools.own("clavero"), arguments, environment: ["LC_ALL": "C.UTF-8"])
        }

        /// Returns the number of samples in a line of --latency.
        private static func samples(_ line: String) throws -> Int {
            let time = "([0-9]{2,}|[0-9]\\.[0-9]|0\\.[0-9]{2})"
            let shape = try Regex(
                "(total: )?min \(time)  p50 \(time)  p99 \(time)  max \(time) ms, [0-9]+ samples")
            #expect(line.wholeMatch(of: shape) != nil, "\(line)")
            return try #require(line.split(separator: " ").dropLast().last.flatMap { Int($0) }, "\(line)")
        }

        @Test("--latency writes a line for each second, and a total")
        func latency() async throws {
            try await LiveSite.run { site in
                let result = try await Self.look(["--port", "\(site.port)", "--latency", "--count", "2"])
                #expect(result.status == 0 && result.errors.isEmpty, "\(result.errors)")
                let lines = result.output.lines
                try #require(lines.count == 3 && lines[2].hasPrefix("total: "), "\(lines)")
                let samples = try lines.map(Self.samples)
                #expect(samples[0] > 0 && samples[0] + samples[1] == samples[2] && samples[2] <= 200)
            }
        }

        @Test("--stat shows the server's counts on an admin socket, and elsewhere says once that they are missing")
        func stat() async throws {
            try await LiveSite.run { site in
                let client = try await Client(port: site.keys.port)
                let told = try await Self.look(["--socket", site.adminSocket, "--stat", "--count", "2"])
                #expect(told.status == 0 && told.errors.isEmpty, "\(told.errors)")
                let lines = told.output.lines
                try #require(lines.count == 3, "\(lines)")
                #expect(lines[0] == "   req/s  p50 ms  p99 ms sessions  requests a second")
                for line in lines[1...] {
                    #expect(line.contains(#/^       0 +[0-9.]+ +[0-9.]+        1  ▁+$/#), "\(line)")
                }
                await client.close()

                let untold = try await Self.look(["--port", "\(site.port)", "--stat", "--count", "2"])
                #expect(untold.status == 0)
                let note = "only a server's admin socket reports requests and sessions; --socket names it"
                #expect(untold.errors.lines == ["clavero: \(note)"])
                try #require(untold.output.lines.count == 3)
                for line in untold.output.lines[1...] {
                    #expect(line.contains(#/^       - +[0-9.]+ +[0-9.]+        -  [▁▂▃▄▅▆▇█]+$/#), "\(line)")
                }
            }
        }

        @Test("With --json each second is an object, and so are the whole run and a failure")
        func objects() async throws {
            try await LiveSite.run { site in
                let result = try await Tools.python(
                    """
                    import json, subprocess, sys
                    def look(*arguments):
                        done = subprocess.run([sys.argv[1], "--json", *arguments], capture_output=True, timeout=50)
                        return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]
                    status, seconds = look("--port", sys.argv[2], "--latency", "--count", "2")
                    times = {"max", "min", "ok", "p50", "p99", "samples"}
                    assert status == 0 and len(seconds) == 3
                    assert [set(each) for each in seconds] == [times | {"second"}, times | {"second"}, times], seconds
                    assert [each.get("second") for each in seconds] == [1, 2, None]
                    assert seconds[0]["samples"] + seconds[1]["samples"] == seconds[2]["samples"] > 0
                    assert 0 < seconds[2]["min"] <= seconds[2]["p50"] <= seconds[2]["p99"] <= seconds[2]["max"]
                    status, seconds = look("--socket", sys.argv[3], "--stat", "--count", "2")
                    assert status == 0 and [each["second"] for each in seconds] == [1, 2]
                    assert all({"requests", "sessions"} < set(each) for each in seconds), seconds
                    status, seconds = look("--port", "1", "--stat")
                    assert status == 69 and len(seconds) == 1 and seconds[0]["ok"] is False
                    print("done")
                    """, [Tools.own("clavero"), "\(site.port)", site.adminSocket])
                #expect(result.output == "done\n", "\(result.errors)")
            }
        }

        /// A program that shows the line on a terminal of 40 columns, and then types Ctrl-C, the byte 3.
        private static let atATerminal = """
            import fcntl, os, pty, struct, sys, termios
            pid, terminal = pty.fork()
            if pid == 0:
                fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 40, 0, 0))
                os.execv(sys.argv[1], sys.argv[1:])
            seen = b""
            def until(done):
                global seen
                while not done():
                    try:
                        seen += os.read(terminal, 4096)
                    except OSError:
                        return  # The program has ended.
            until(lambda: seen.count(b"\\r") >= 3)
            os.write(terminal, b"\\x03")
            until(lambda: seen.endswith(b" samples\\r\\n"))
            sys.stdout.buffer.write(seen.replace(b"\\r", b"|"))
            sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
            """

        @Test("At a terminal one line is rewritten, and Ctrl-C leaves the total")
        func terminal() async throws {
            try await LiveSite.run { site in
                let result = try await Tools.python(
                    Self.atATerminal, [Tools.own("clavero"), "--port", "\(site.port)", "--latency"],
                    environment: ["LC_ALL": "C.UTF-8", "TERM": "dumb"])
                #expect(result.status == 0, "\(result.errors)")
                let parts = result.output.components(separatedBy: "|").dropFirst().map {
                    $0.replacing("^C", with: "").trimmingCharacters(in: .whitespacesAndNewlines)
                }.filter { !$0.isEmpty }
                try #require(parts.count >= 3, "\(result.output)")
                for (number, part) in parts.dropLast().enumerated() {
                    #expect(part.contains(#/^p50 \S+  p99 \S+ ms  [▁▂▃▄▅▆▇█]+$/#) && part.count <= 37, "\(part)")
                    #expect(part.count { "▁▂▃▄▅▆▇█".contains($0) } == number + 1)
                }
                #expect(try Self.samples(parts.last!) > 200)
            }
        }

        @Test("The exit status is 0 after Ctrl-C, and 69 after a lost connection")
        func ends() async throws {
            try await LiveSite.run { site in
                let looking = try Program("clavero", ["--port", "\(site.port)", "--stat"])
                _ = try await looking.line { $0.contains("admin socket") }
                looking.signal(SIGINT)
                #expect(try await looking.status() == 0)
            }
            for mode in ["--stat", "--latency"] {
                let server = try FalseServer()
                let lost = try Program("clavero", ["--port", "\(server.port)", mode])
                let transport = try await server.accept()
                let conversation = Conversation(transport)
                try await transport.write(Array("220 false ready\r\n".utf8))
                #expect(try await conversation.line() == "COMMANDS")
                try await transport.write(Array("250 2.0.0 NOOP ACCESS=anyone\r\n".utf8))
                #expect(try await conversation.line() == "NOOP")
                await transport.close()
                #expect(try await lost.status() == 69)
                _ = try await lost.line { $0.hasSuffix("connection lost") }
            }
        }

        @Test("A server that does not answer stops neither the lines nor the clock")
        func silence() async throws {
            let server = try FalseServer()
            async let looking = Self.look(["--port", "\(server.port)", "--latency", "--count", "2"])
            let transport = try await server.accept()
            let conversation = Conversation(transport)
            try await transport.write(Array("220 false ready\r\n".utf8))
            #expect(try await conversation.line() == "COMMANDS")
            try await conversation.send("250 2.0.0 SPEAK ARGS=\"[word:word]\" ACCESS=anyone PLUGIN=false")
            #expect(try await conversation.line() == "NOOP")
            let result = try await looking
            #expect(result.status == 0 && result.errors.isEmpty, "\(result.errors)")
            #expect(result.output.lines == ["no answer", "no answer", "total: no answer"])
            await transport.close()
        }

        @Test(
            "Contradictory options are a usage error",
            arguments: [
                ["--latency", "--stat"], ["--latency", "NOOP"], ["--count", "2"], ["--stat", "--count", "0"],
                ["--count", "2", "NOOP"], ["--field", "p50", "--latency"],
            ])
        func usage(_ arguments: [String]) async throws {
            let result = try await Self.look(arguments)
            #expect(result.status == 64 && result.output.isEmpty && !result.errors.isEmpty)
        }
    }
}
