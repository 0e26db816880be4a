import Foundation
import TestKit
import Testing

extension EndToEnd {
    @Suite("Logs that cannot be written", .serialized)
    struct LogFaults {
        /// A server on a Unix socket. The test chooses its standard error, and `Program` does not read it.
        private struct Server {
            let child: Child
            let path: String
            private let directory: TemporaryDirectory

            /// Starts the server. `words` is a command that runs the server, whose own words follow.
            init(
                _ directory: TemporaryDirectory, _ words: [String] = [], options: [String] = [], errors: Int32
            ) throws {
                self.directory = directory
                path = "\(directory.path)/socket"
                let nothing = open("/dev/null", O_RDWR | O_CLOEXEC)
                defer { close(nothing) }
                let command =
                    words + [
                        Tools.own("claverod"), "--plugins", "keys", "--data-dir", "\(directory.path)/data", "--listen",
                        "unix:\(path)", "--threads", "1",
                    ] + options
                child = try Child(
                    command[0], Array(command.dropFirst()), input: nothing, output: nothing, errors: errors)
                Thread.detachNewThread { [child] in _ = child.wait() }
            }

            /// Returns a session as soon as the server listens.
            func client() async throws -> Client {
                try await found("a server that listens") {
                    guard child.status == nil else { throw Mismatch("ended with \(child.status!)") }
                    return try? await Client(path: path)
                }
            }

            /// Makes the server write a few log lines, and expects that it answers and ends with status 0.
            func expectToWork() async throws {
                let client = try await client()
                for _ in 0..<3 {
                    child.signal(SIGHUP)
                    try await client.expect("550 5.1.1 No such account", to: "PUBKEY nobody")
                }
                child.signal(SIGTERM)
                _ = try await client.rest()
                await client.close()
                try await eventually("the server's end") { child.status != nil }
                #expect(child.status == 0)
            }
        }

        private static func directory() async throws -> TemporaryDirectory {
            let directory = try TemporaryDirectory()
            try await LiveSite.makeData("\(directory.path)/data")
            return directory
        }

        @Test("A server continues without standard error, on a full disk, and without a reader of its log")
        func lost() async throws {
            let full = open("/dev/full", O_WRONLY | O_CLOEXEC)
            let pipe = Child.pipe()
            close(pipe.read)
            defer { for descriptor in [full, pipe.write] { close(descriptor) } }
            let closed = ["/bin/sh", "-c", "exec \"$@\" <&- >&- 2>&-", "sh"]
            for (words, errors) in [(closed, full), ([], full), ([], pipe.write)] {
                try await Server(try await Self.directory(), words, errors: errors).expectToWork()
            }
        }

        @Test(
            "No file of a server gets the number of a closed standard descriptor",
            .enabled(if: geteuid() == 0, "needs root, to see a daemon's descriptors"))
        func reservedAsRoot() async throws {
            let nothing = open("/dev/null", O_RDWR | O_CLOEXEC)
            defer { close(nothing) }
            let closed = ["/bin/sh", "-c", "exec \"$@\" <&- >&- 2>&-", "sh"]
            let server = try Server(try await Self.directory(), closed, errors: nothing)
            let client = try await server.client()
            for descriptor in 0...2 {
                let target = try FileManager.default.destinationOfSymbolicLink(
                    atPath: "/proc/\(server.child.pid)/fd/\(descriptor)")
                #expect(target == "/dev/null")
            }
            await client.close()
            try await server.expectToWork()
        }

        @Test("A log without a reader delays neither a session nor the end of the server")
        func unread() async throws {
            let pipe = Child.pipe()
            let server = try Server(try await Self.directory(), options: ["--log-level", "debug"], errors: pipe.write)
            close(pipe.write)
            defer { close(pipe.read) }
            let client = try await server.client()
            // Each request logs a line of a few hundred bytes, and a pipe holds 65,536 bytes.
            for _ in 0..<20 {
                try await client.write(String(repeating: "PUBKEY nobody\r\n", count: 100))
                for _ in 0..<100 { #expect(try await client.line() == "550 5.1.1 No such account") }
            }
            await client.close()
            try await server.expectToWork()
        }

        @Test("A line that a full disk cut short is continued when space is free")
        func cutShort() async throws {
            let directory = try await Self.directory()
            let log = "\(directory.path)/log"
            // A limit on the size of a file acts like a full disk for one process only.
            let limit = 4 << 20
            try Data(repeating: UInt8(ascii: "\n"), count: limit - 100).write(to: URL(filePath: log))
            let errors = open(log, O_WRONLY | O_APPEND | O_CLOEXEC)
            defer { close(errors) }
            let limited = ["/bin/bash", "-c", "ulimit -S -f \(limit / 1024); exec \"$@\"", "bash"]
            let server = try Server(directory, limited, errors: errors)
            let client = try await server.client()
            let size = { try FileManager.default.attributesOfItem(atPath: log)[.size] as? Int }
            try await eventually("a full log") { try size() == limit }
            try await client.expect("550 5.1.1 No such account", to: "PUBKEY nobody")
            let raised = try await Tools.run(
                try Tools.path("prlimit", package: "util-linux"),
                ["--pid", "\(server.child.pid)", "--fsize=unlimited:"])
            #expect(raised.status == 0, "\(raised.errors)")
            await client.close()
            try await server.expectToWork()
            let lines = try String(contentsOfFile: log, encoding: .utf8).lines
            let broken = lines.filter { (try? JSONSerialization.jsonObject(with: Data($0.utf8))) == nil }
            #expect(broken == [])
            #expect(lines.contains { $0.contains("\"message\":\"listening\"") })
            // The lines about the reloads may follow this line.
            #expect(lines.suffix(8).contains { $0.contains("\"message\":\"stopping\"") })
        }

        @Test("The log has one line for many links that break the protocol, and the count of the others")
        func badLinks() async throws {
            try await LiveSite.run(server: ["--metrics", "127.0.0.1:0"]) { site in
                for _ in 0..<50 {
                    let client = try Client(unheard: site.keys.port)
                    try await client.write("* LINK 2 1\r\nx\r\n")
                    _ = try await client.rest()
                    await client.close()
                }
                let lines = site.keys.program.log.filter { $0.contains("breaks the protocol") }
                #expect(lines.count == 1)
                let series = "claverod_log_lines_lost_total{cause=\"repeated\"}"
                #expect(try await Monitor(site.keys.program).value(series) == 49)
                site.keys.program.signal(SIGTERM)
                #expect(try await site.keys.program.status() == 0)
                let told = try await site.keys.program.line { $0.contains("left out lines") }
                #expect(told.contains("\"lines\":\"49\"") && told.contains("breaks the protocol"))
                try await site.keys.start()
            }
        }

        @Test(
            "A tool whose output cannot be written says so and fails",
            arguments: [
                ("claverod", "--version", 74), ("claverod", "--help", 74), ("claverod", "help init", 74),
                ("clavero-proxy", "--version", 74), ("clavero", "--version", 74), ("clavero", "--help", 74),
                ("clavero", "--generate-completion-script zsh", 74), ("claverod", "audit verify --help", 74),
            ])
        func output(_ program: String, _ words: String, _ status: Int32) async throws {
            for (target, reason) in [(">/dev/full", "no space left on device"), (">&-", "bad file descriptor")] {
                let result = try await Self.shell("\(program) \(words) \(target)")
                #expect(result.status == status, "\(target)")
                #expect(result.errors.lowercased() == "\(program): standard output: \(reason)\n", "\(target)")
            }
            for target in [">/dev/full 2>/dev/full", ">&- 2>&-"] {
                #expect(try await Self.shell("\(program) \(words) \(target)").status == status, "\(target)")
            }
        }

        @Test("An error that cannot be written still sets the exit status")
        func errors() async throws {
            for target in ["2>/dev/full", "2>&-", "<&- >&- 2>&-"] {
                for (command, status) in [
                    ("claverod --no-such-option", 64), ("claverod nonsense", 64), ("claverod help nonsense", 64),
                    ("claverod --plugins keys --data-dir /nowhere", 78), ("clavero-proxy --upstream 1", 64),
                    ("clavero-proxy", 64), ("clavero --no-such-option", 64), ("clavero 127.0.0.1:1 NOOP", 69),
                    ("claverod check --plugins keys --data-dir /nowhere", 1), ("claverod rewrap /nowhere", 66),
                ] as [(String, Int32)] {
                    let result = try await Self.shell("\(command) \(target)")
                    #expect(result.status == status, "\(command) \(target)")
                }
            }
        }

        @Test("A check whose answer cannot be written fails")
        func check() async throws {
            try await LiveSite.run { site in
                let check = "claverod check --plugins keys --data-dir '\(site.dataDirectory)'"
                try await Self.expect(0, "\(check) >/dev/null")
                for target in [">/dev/full", ">&-", ">/dev/full 2>&1", ">&- 2>&-"] {
                    try await Self.expect(74, "\(check) \(target)")
                }
                let proxy = "clavero-proxy check --upstream 127.0.0.1:1 --listen 127.0.0.1:\(site.port)"
                try await Self.expect(74, "\(proxy) >/dev/full")
                let ask = "clavero 127.0.0.1:\(site.port) NOOP"
                try await Self.expect(0, "\(ask) >/dev/null")
                for target in [">/dev/full", ">&-", ">&- 2>&-"] {
                    try await Self.expect(74, "\(ask) \(target)")
                }
            }
        }

        private static func expect(_ status: Int32, _ command: String) async throws {
            let result = try await shell(command)
            #expect(result.status == status, "\(command)")
        }

        /// Runs a command with sh. The command names Clavero's programs without their directory.
        private static func shell(_ command: String) async throws -> Tool.Result {
            let path = "\(Repository.programs.path):/usr/bin:/bin"
            return try await Tools.run("/bin/sh", ["-c", command], environment: ["PATH": path])
        }
    }
}
