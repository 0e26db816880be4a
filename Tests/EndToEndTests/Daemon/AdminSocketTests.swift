import Foundation
import TestKit
import Testing

extension EndToEnd {
    @Suite("The admin socket", .serialized)
    struct AdminSocket {
        @Test("Netcat and the shell can use the admin socket, and its commands are unknown elsewhere")
        func clients() async throws {
            try await LiveSite.run { site in
                let client = try await Client(port: site.port, as: "alice")
                let unknown = "500 5.5.1 Unknown command; HELP lists them"
                for verb in ["ACCOUNTS", "INVITE", "DISABLE alice", "ENABLE alice", "UNLOCK alice", "HEALTH"] {
                    try await client.expect(unknown, to: verb)
                }
                try await client.expect(unknown, to: "FORGET alice alice")
                let direct = try await Client(port: site.keys.port)
                try await direct.expect(unknown, to: "ACCOUNTS")
                for path in [site.adminSocket, "\(site.dataDirectory)/auth.sock"] {
                    #expect(try Self.mode(path) == 0o600)
                    let netcat = try await Tools.run(
                        try Tools.path("nc.openbsd", package: "netcat-openbsd"), ["-N", "-U", path],
                        input: "ACCOUNTS\nQUIT\n")
                    #expect(netcat.output.lines.count == 4)
                    #expect(netcat.output.lines[1].hasPrefix("250-2.0.0 alice active "))
                    let shell = try await Tools.run(Tools.own("clavero"), ["--socket", path, "ACCOUNTS"])
                    #expect(shell.status == 0)
                    #expect(shell.output.lines.first?.hasPrefix("alice active ") == true)
                }
                for path in [nil, "/nowhere/at/all"] {
                    let result = try await Tools.run(
                        Tools.own("clavero"), ["--socket", path ?? "\(site.dataDirectory)/proxy.sock", "ACCOUNTS"])
                    #expect(result.status == 69)
                    #expect(result.errors.hasSuffix(": no such file or directory\n"), "\(result.errors)")
                }
                await direct.close()
                await client.close()
            }
        }

        private static func mode(_ path: String) throws -> Int? {
            try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        }

        @Test(
            "Another user cannot connect, wherever the socket is",
            .enabled(if: geteuid() == 0, "needs root, to become another user"))
        func othersAsRoot() async throws {
            let open = try TemporaryDirectory()
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: open.path)
            let path = "\(open.path)/admin"
            let directory = try TemporaryDirectory()
            let data = "\(directory.path)/data"
            try await LiveSite.makeData(data)
            let server = try await LiveSite.Daemon(
                "claverod", ["--plugins", "keys", "--data-dir", data, "--admin-socket", path])
            let setpriv = try Tools.path("setpriv", package: "util-linux")
            let netcat = ["nc.openbsd", "-v", "-N", "-U", path]
            let other = try await Tools.run(
                setpriv, ["--reuid=65534", "--regid=65534", "--clear-groups"] + netcat, input: "HEALTH\n")
            #expect(other.status == 1 && other.output == "")
            #expect(other.errors.contains("Permission denied"))
            let own = try await Tools.run(setpriv, ["--clear-groups"] + netcat, input: "HEALTH\n")
            #expect(own.output.contains("250-2.0.0 database: ok"))
            server.program.signal(SIGTERM)
            #expect(try await server.program.status() == 0)
        }

        @Test("The daemon removes its socket at its end, and a leftover socket does not stop the next daemon")
        func lifetime() async throws {
            try await LiveSite.run { site in
                site.keys.program.signal(SIGKILL)
                _ = try await site.keys.program.status()
                #expect(FileManager.default.fileExists(atPath: site.adminSocket))
                try await site.keys.start()
                let client = try await Client(path: site.adminSocket)
                #expect(try await client.ask("HEALTH").hasPrefix("250 2.0.0 "))
                await client.close()
                site.keys.program.signal(SIGTERM)
                #expect(try await site.keys.program.status() == 0)
                #expect(!FileManager.default.fileExists(atPath: site.adminSocket))
                try await site.keys.start()
            }
        }

        @Test("A second daemon does not take the socket of a running daemon")
        func taken() async throws {
            try await LiveSite.run { site in
                let second = try await Tools.run(
                    Tools.own("claverod"),
                    [
                        "--plugins", "keys", "--data-dir", site.dataDirectory, "--listen", "127.0.0.1:0", "--audit-log",
                        "off",
                    ], seconds: 20)
                #expect(second.status == 69)
                let advice = "choose another address, or stop the program that listens there"
                let reason = "unix:\(site.adminSocket): address already in use; \(advice)"
                #expect(second.errors.lines.last == "claverod: \(reason)")
                let client = try await Client(path: site.adminSocket)
                #expect(try await client.ask("HEALTH").hasPrefix("250 2.0.0 "))
                await client.close()
            }
        }

        @Test("A file at the socket's path that is not a socket is not removed")
        func notASocket() async throws {
            let directory = try TemporaryDirectory()
            let data = "\(directory.path)/data"
            try await LiveSite.makeData(data)
            try "precious".write(toFile: "\(data)/keys.sock", atomically: false, encoding: .utf8)
            let result = try await Tools.run(
                Tools.own("claverod"), ["--plugins", "keys", "--data-dir", data, "--listen", "127.0.0.1:0"],
                seconds: 20)
            #expect(result.status == 73)
            #expect(result.errors.lines.last?.contains("\(data)/keys.sock") == true, "\(result.errors)")
            #expect(try String(contentsOfFile: "\(data)/keys.sock", encoding: .utf8) == "precious")
        }
    }
}
