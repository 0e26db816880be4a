import Foundation
import TestKit
import Testing

extension EndToEnd {
    @Suite("Daemons without free descriptors", .serialized)
    struct Descriptors {
        /// Starts a daemon that may have only `limit` descriptors. If `hard` is set, the daemon cannot raise the
        /// limit.
        private static func run(_ name: String, _ arguments: [String], _ limit: Int, hard: Bool) throws -> Program {
            let program = Repository.programs.appending(path: name).path
            let words = ([program] + arguments).map { "'\($0)'" }.joined(separator: " ")
            return try Program("/bin/bash", ["-c", "ulimit -\(hard ? "" : "S")n \(limit); exec \(words)"])
        }

        private static let proxy = ["--threads", "1", "--listen", "127.0.0.1:0", "--upstream", "127.0.0.1:1"]

        /// Opens `count` connections from one address. Returns how many got a greeting, and all the connections.
        private static func sessions(
            _ count: Int, from source: String, _ port: Int
        ) async throws -> (greeted: Int, all: [SocketTransport]) {
            let all = try (0..<count).map { _ in try SocketTransport(port: port, from: source) }
            var greeted = 0
            for one in all where try await one.read()?.starts(with: "220 ".utf8) == true { greeted += 1 }
            return (greeted, all)
        }

        @Test("Two addresses at their limits leave room for other addresses")
        func addresses() async throws {
            let program = try Self.run("clavero-proxy", Self.proxy, 200, hard: true)
            let port = try await program.port()
            let first = try await Self.sessions(60, from: "127.0.0.2", port)
            let second = try await Self.sessions(60, from: "127.0.0.3", port)
            #expect(first.greeted == second.greeted && 10..<40 ~= first.greeted)
            let other = try await Self.sessions(1, from: "127.0.0.4", port)
            #expect(other.greeted == 1)
            for one in first.all + second.all + other.all { await one.close() }
        }

        @Test("When many addresses use all descriptors, a connection waits until another closes, and one line says so")
        func waiting() async throws {
            let program = try Self.run("clavero-proxy", Self.proxy, 200, hard: true)
            let port = try await program.port()
            // These are more connections than the proxy has descriptors.
            let held = try (2..<220).map { try SocketTransport(port: port, from: "127.0.0.\($0)") }
            _ = try await program.line { $0.contains("no connections are accepted until others close") }
            let late = try SocketTransport(port: port, from: "127.0.0.250")
            for one in held { await one.close() }
            #expect(try await late.read()?.starts(with: "220 ".utf8) == true)
            await late.close()
            #expect(program.log.count { $0.contains("no connections are accepted") } == 1)
        }

        @Test("When the system has no descriptor left, the daemon waits until a connection closes, and says so once")
        func none() async throws {
            let program = try Program("clavero-proxy", Self.proxy)
            let port = try await program.port()
            let limit = try await Tool.run(
                "/usr/bin/prlimit", ["--pid", "\(program.pid)", "--nofile=48:48"])
            #expect(limit.status == 0, "\(limit.errors)")
            let held = try (0..<48).map { _ in try SocketTransport(port: port) }
            _ = try await program.line { $0.contains("no connections are accepted") }
            for one in held { await one.close() }
            let late = try SocketTransport(port: port)
            #expect(try await late.read()?.starts(with: "220 ".utf8) == true)
            await late.close()
            let lines = program.log.filter { $0.contains("no connections are accepted") }
            #expect(lines.count == 1 && lines[0].contains("Too many open files"))
        }

        @Test("The soft limit is raised to the hard one", arguments: ["clavero-proxy", "claverod"])
        func raised(_ name: String) async throws {
            let directory = try TemporaryDirectory()
            let data = "\(directory.path)/data"
            try await LiveSite.makeData(data)
            let server = ["--plugins", "keys", "--data-dir", data, "--listen", "127.0.0.1:0"]
            let metrics = ["--metrics", "127.0.0.1:0"]
            let program = try Self.run(
                name, (name == "claverod" ? server : Self.proxy) + metrics, 128, hard: false)
            let client = try SocketTransport(port: try await program.port("metrics are served"))
            try await client.write(Array("GET /metrics HTTP/1.0\r\n\r\n".utf8))
            var text = ""
            while let bytes = try await client.read() { text += String(decoding: bytes, as: UTF8.self) }
            let value = try #require(text.split(separator: "\n").first { $0.hasPrefix("process_max_fds ") })
            #expect(Double(value.split(separator: " ")[1])! > 128)
        }
    }
}
