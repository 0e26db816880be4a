import Foundation
import TestKit
import Testing

extension EndToEnd {
    @Suite("A daemon that cannot start names the cause in one line", .serialized)
    struct StartUp {
        /// Makes a new data directory.
        private static func data(_ directory: TemporaryDirectory) async throws -> String {
            let data = "\(directory.path)/data"
            #expect(try await Tools.run(Tools.own("claverod"), ["init", data]).status == 0)
            return data
        }

        private static func serve(
            _ data: String, _ more: [String] = [], environment: [String: String] = [:]
        ) async throws -> Tool.Result {
            try await Tools.run(
                Tools.own("claverod"),
                ["--plugins", "keys,auth", "--data-dir", data, "--listen", "127.0.0.1:0"] + more,
                environment: environment, seconds: 20)
        }

        /// Damages a file of a new data directory with `harm`, and expects that the daemon reports the file with
        /// `reason`.
        private static func expect(
            _ file: String, _ reason: String, status: Int32 = 78, _ harm: (String) throws -> Void
        ) async throws {
            let directory = try TemporaryDirectory()
            let data = try await data(directory)
            try harm("\(data)/\(file)")
            let result = try await serve(data)
            #expect(result.status == status)
            #expect(result.errors.lines == ["claverod: \(data)/\(file): \(reason)"])
        }

        @Test("A missing file of the data directory is named", arguments: ["root.key", "token.key", "token.pub"])
        func missing(_ file: String) async throws {
            try await Self.expect(file, "no such file; create a data directory with claverod init") {
                try FileManager.default.removeItem(atPath: $0)
            }
        }

        @Test("A database that is missing, foreign or cut short is named")
        func database() async throws {
            try await Self.expect("clavero.db", "no such file; restore a backup of it, or correct the data directory") {
                try FileManager.default.removeItem(atPath: $0)
            }
            try await Self.expect("clavero.db", "not a Clavero database, or it is damaged", status: 65) {
                try Data("This is no database.".utf8).write(to: URL(filePath: $0))
            }
            try await Self.expect("clavero.db", "not a Clavero database, or it is damaged", status: 65) { path in
                let whole = try Data(contentsOf: URL(filePath: path))
                try whole.prefix(5000).write(to: URL(filePath: path))
            }
        }

        @Test("A key that has the wrong length or that others may read is named")
        func keys() async throws {
            try await Self.expect("root.key", "not a key of 32 bytes in base64; restore it from a backup") { path in
                let handle = try #require(FileHandle(forWritingAtPath: path))
                try handle.truncate(atOffset: 20)
            }
            let directory = try TemporaryDirectory()
            let key = "\(try await Self.data(directory))/root.key"
            #expect(chmod(key, 0o644) == 0)
            let result = try await Self.serve("\(directory.path)/data")
            #expect(result.status == 78)
            let mend = "run: chmod 600 \(key), and replace it if they may have read it"
            #expect(result.errors.lines == ["claverod: \(key): other users have access to it; \(mend)"])
        }

        @Test("A server waits for a database that another program has locked, and then reports the lock")
        func locked() async throws {
            let directory = try TemporaryDirectory()
            let data = try await Self.data(directory)
            let script = """
                import sqlite3, subprocess, sys
                held = sqlite3.connect(sys.argv[1], isolation_level=None)
                held.execute("PRAGMA locking_mode=EXCLUSIVE")
                held.execute("BEGIN EXCLUSIVE")
                held.execute("CREATE TABLE other (a)")
                sys.exit(subprocess.run(sys.argv[2:]).returncode)
                """
            let result = try await Tools.python(
                script,
                [
                    "\(data)/clavero.db", Tools.own("claverod"), "--plugins", "keys", "--data-dir", data, "--listen",
                    "127.0.0.1:0",
                ])
            #expect(result.status == 75)
            #expect(result.errors.lines == ["claverod: \(data)/clavero.db: busy, try again later"])
        }

        @Test("A database that cannot be written is named")
        func readOnly() async throws {
            let directory = try TemporaryDirectory()
            let data = try await Self.data(directory)
            let serve = "'\(Tools.own("claverod"))' --plugins keys --data-dir \(data) --listen 127.0.0.1:0"
            let mount = "mount --bind \(data) \(data) && mount -o remount,bind,ro \(data) && exec \(serve)"
            let unshare = try Tools.path("unshare", package: "util-linux")
            let probe = try await Tools.run(unshare, ["-rm", "true"])
            guard probe.status == 0 else {
                print("A database that cannot be written: not tried, since no mount namespace can be made here")
                return
            }
            let result = try await Tools.run(unshare, ["-rm", "sh", "-c", mount], seconds: 20)
            #expect(result.status == 77)
            #expect(result.errors.lines == ["claverod: \(data)/clavero.db: not writable"])
        }

        @Test("A taken port is named, by a server and by the proxy")
        func port() async throws {
            let taken = try FalseServer()
            let directory = try TemporaryDirectory()
            let data = try await Self.data(directory)
            let address = "127.0.0.1:\(taken.port)"
            let server = try await Self.serve(data, ["--listen", address])
            let advice = "choose another address, or stop the program that listens there"
            #expect(server.status == 69)
            #expect(server.errors.lines == ["claverod: \(address): address already in use; \(advice)"])
            let proxy = try await Tools.run(
                Tools.own("clavero-proxy"), ["--listen", address, "--upstream", "127.0.0.1:1"], seconds: 20)
            #expect(proxy.status == 69)
            #expect(proxy.errors.lines == ["clavero-proxy: \(address): address already in use; \(advice)"])
        }

        @Test("Wrong options, variables and keys are named")
        func settings() async throws {
            let directory = try TemporaryDirectory()
            let file = "\(directory.path)/clavero.conf"
            try "# ours\nlisten = 127.0.0.1:0\nlissen = 1\n".write(toFile: file, atomically: true, encoding: .utf8)
            let unknownKey = try await Self.serve(directory.path, ["--config", file])
            #expect(unknownKey.status == 78)
            #expect(unknownKey.errors.lines == ["claverod: \(file):3: unknown key \"lissen\"; did you mean listen?"])
            let unknownPlugin = try await Tools.run(
                Tools.own("claverod"), ["--plugins", "keyz", "--data-dir", directory.path])
            #expect(unknownPlugin.status == 64)
            #expect(unknownPlugin.errors.contains("'keyz' is invalid for '--plugins"))
            let unknownOption = try await Self.serve(directory.path, ["--frob"])
            #expect(unknownOption.status == 64 && unknownOption.errors.contains("--frob"))
            let variable = try await Self.serve(directory.path, environment: ["CLAVERO_HASHER_QUEUE": "many"])
            #expect(variable.status == 78 && variable.errors.contains("'many' is invalid for '--hasher-queue"))
        }

        @Test("init overwrites nothing")
        func initialize() async throws {
            let directory = try TemporaryDirectory()
            let data = try await Self.data(directory)
            let key = try Data(contentsOf: URL(filePath: "\(data)/root.key"))
            let again = try await Tools.run(Tools.own("claverod"), ["init", data])
            #expect(again.status == 73)
            #expect(again.errors.lines == ["claverod: \(data)/root.key: already exists; nothing was changed"])
            #expect(try Data(contentsOf: URL(filePath: "\(data)/root.key")) == key)
        }

        @Test("Nothing is acknowledged after the database was removed while the server uses it")
        func removed() async throws {
            try await LiveSite.run { site in
                let client = try await Client(port: site.port, as: "alice")
                try FileManager.default.moveItem(
                    atPath: "\(site.dataDirectory)/clavero.db", toPath: "\(site.dataDirectory)/elsewhere.db")
                let gone = "451 4.3.5 The database file is gone; nothing was changed"
                try await client.expect(gone, to: "SIGNUP bob \"correct horse\"")
                try await client.expect(gone, to: "PASSWD \"correct horse\" \"battery staple\"")
                try FileManager.default.moveItem(
                    atPath: "\(site.dataDirectory)/elsewhere.db", toPath: "\(site.dataDirectory)/clavero.db")
                try await client.expect("250 2.0.0 bob signed up, key 1", to: "SIGNUP bob \"correct horse\"")
            }
        }
    }
}
