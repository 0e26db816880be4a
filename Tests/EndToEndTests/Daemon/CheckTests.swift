import Foundation
import TestKit
import Testing

extension EndToEnd {
    @Suite("The check commands of the daemons", .serialized)
    struct Checks {
        private static func check(
            _ program: String, _ options: [String] = [], environment: [String: String] = [:]
        ) async throws -> Tool.Result {
            try await Tools.run(Tools.own(program), ["check"] + options, environment: environment, seconds: 20)
        }

        /// Expects that a check failed, and that its only line is `reason`.
        private static func expect(_ reason: String, _ result: Tool.Result) {
            #expect(result.status == 1)
            #expect(result.output == "")
            #expect(result.errors == "\(reason)\n")
        }

        private static func expectHealthy(_ line: String, _ result: Tool.Result) {
            #expect(result.status == 0)
            #expect(result.errors == "")
            #expect(result.output.hasPrefix("healthy: \(line)"), "\(result.output)")
            #expect(result.output.lines.count == 1)
        }

        @Test("A running server passes its check and an ended one fails it, wherever its settings come from")
        func server() async throws {
            try await LiveSite.run { site in
                let options = ["--plugins", "keys", "--data-dir", site.dataDirectory]
                let variables = ["CLAVERO_PLUGINS": "auth", "CLAVERO_DATA_DIR": site.dataDirectory]
                let well = "database: ok, 0 writes waiting; audit: ok, "
                Self.expectHealthy(well, try await Self.check("claverod", options))
                Self.expectHealthy(well, try await Self.check("claverod", environment: variables))
                let elsewhere = try await Self.check(
                    "claverod", options, environment: ["CLAVERO_ADMIN_SOCKET": "/nowhere/at/all"])
                Self.expect("claverod: unix:/nowhere/at/all: no such file or directory", elsewhere)

                site.keys.program.signal(SIGKILL)
                _ = try await site.keys.program.status()
                let socket = "unix:\(site.adminSocket)"
                Self.expect("claverod: \(socket): connection refused", try await Self.check("claverod", options))
                try await site.keys.start()
            }
        }

        @Test("A server that cannot write its audit log fails its check, unless it may continue without the log")
        func audit() async throws {
            try await LiveSite.run { site in
                let options = ["--plugins", "keys", "--data-dir", site.dataDirectory]
                try FileManager.default.removeItem(atPath: "\(site.dataDirectory)/audit-keys.log")
                let client = try await Client(path: site.adminSocket)
                try await eventually { try await client.ask("ACCOUNTS").hasPrefix("451 ") }
                await client.close()
                let result = try await Self.check("claverod", options)
                #expect(result.status == 1)
                let reason = "claverod: unix:\(site.adminSocket): audit: vanished"
                #expect(result.errors.hasPrefix(reason), "\(result.errors)")
                #expect(result.errors.lines.count == 1)
                let tolerant = try await Self.check("claverod", options + ["--audit-failure", "continue"])
                Self.expectHealthy("database: ok, ", tolerant)
                // The server writes the new log at once and ends with status 0.
                site.keys.program.signal(SIGHUP)
                _ = try await site.keys.program.line { $0.contains("continues in a new file") }
            }
        }

        @Test("The check of a server without an admin socket fails")
        func off() async throws {
            let result = try await Self.check(
                "claverod", ["--plugins", "keys", "--data-dir", "/nowhere", "--admin-socket", "off"])
            Self.expect("claverod: the admin socket is off, so the server cannot be asked", result)
        }

        @Test("A proxy passes its check when all its servers have announced their commands, while it answers")
        func proxy() async throws {
            let directory = try TemporaryDirectory()
            let data = "\(directory.path)/data"
            try await LiveSite.makeData(data)
            let keys = try await LiveSite.Daemon("claverod", ["--plugins", "keys", "--data-dir", data])
            let auth = try await LiveSite.Daemon("claverod", ["--plugins", "auth", "--data-dir", data])
            auth.program.signal(SIGTERM)
            _ = try await auth.program.status()

            let upstreams = "127.0.0.1:\(keys.port) 127.0.0.1:\(auth.port)"
            let options = upstreams.split(separator: " ").flatMap { ["--upstream", String($0)] }
            let proxy = try await LiveSite.Daemon("clavero-proxy", options, host: "0.0.0.0")
            let address = "127.0.0.1:\(proxy.port)"
            let variables = ["CLAVERO_LISTEN": "0.0.0.0:\(proxy.port)", "CLAVERO_UPSTREAM": upstreams]
            Self.expect(
                "clavero-proxy: \(address): a server has not announced its commands yet",
                try await Self.check("clavero-proxy", environment: variables))

            try await auth.start()
            try await Ready.wait(port: proxy.port)
            Self.expectHealthy(
                "all servers have announced their commands",
                try await Self.check("clavero-proxy", environment: variables))
            Self.expectHealthy(
                "all servers have announced their commands",
                try await Self.check("clavero-proxy", options + ["--listen", address]))

            proxy.program.signal(SIGTERM)
            #expect(try await proxy.program.status() == 0)
            Self.expect(
                "clavero-proxy: \(address): connection refused",
                try await Self.check("clavero-proxy", environment: variables))
        }

        @Test("A proxy that refuses sessions or does not answer fails its check")
        func greeting() async throws {
            let server = try FalseServer()
            let options = ["--listen", "127.0.0.1:\(server.port)", "--upstream", "127.0.0.1:1"]
            async let refused = Self.check("clavero-proxy", options)
            let first = try await server.accept()
            try await first.write(Array("421 4.7.0 Too many sessions\r\n".utf8))
            Self.expect(
                "clavero-proxy: 127.0.0.1:\(server.port): the greeting has code 421 instead of 220", try await refused)
            async let silent = Self.check("clavero-proxy", options)
            let second = try await server.accept()
            Self.expect("clavero-proxy: 127.0.0.1:\(server.port): no answer", try await silent)
            await first.close()
            await second.close()
        }

        @Test("A stamped program names its commit", arguments: ["claverod", "clavero-proxy", "clavero"])
        func commit(_ program: String) async throws {
            let directory = try TemporaryDirectory()
            let copy = "\(directory.path)/\(program)"
            // Another process copies it. A program that a test starts meanwhile would inherit this process's descriptor,
            // and a file that is open for writing cannot be run.
            let made = try await Tools.run("/bin/cp", [Repository.programs.appending(path: program).path, copy])
            try #require(made.status == 0, "\(made.errors)")
            #expect(try await Tools.run(copy, ["--version"]).output.hasSuffix(" (unknown commit)\n"))
            let head = try await Tools.run(
                "/usr/bin/git", ["-C", Repository.root.path, "rev-parse", "--short=12", "HEAD"])
            let stamp = try await Tools.run(Repository.root.appending(path: "scripts/stamp-commit").path, [copy])
            try #require(stamp.status == 0, "\(stamp.errors)")
            let version = try await Tools.run(copy, ["--version"]).output
            // Without git, as in an unpacked archive, there is no commit to name.
            let commit = head.status == 0 ? head.output.trimmingCharacters(in: .newlines) : "unknown commit"
            #expect(version.contains("(\(commit)"), "\(version)")
        }
    }
}
