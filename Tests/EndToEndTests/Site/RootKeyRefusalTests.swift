import Foundation
import TestKit
import Testing

extension EndToEnd {
    @Suite("Root keys that cannot be used or changed", .serialized)
    struct RootKeyRefusals {
        private static func claverod(_ arguments: [String], environment: [String: String] = [:]) async throws
            -> Tool.Result
        {
            try await Tools.run(Tools.own("claverod"), arguments, environment: environment)
        }

        @Test("With the root key of another site the server does not start, and rewrap changes nothing")
        func foreign() async throws {
            let directory = try TemporaryDirectory()
            let (data, other) = ("\(directory.path)/data", "\(directory.path)/other")
            for path in [data, other] { #expect(try await Self.claverod(["init", path]).status == 0) }
            let key = try Data(contentsOf: URL(filePath: "\(other)/root.key"))
            try key.write(to: URL(filePath: "\(data)/root.key"))
            let serve = ["--plugins", "keys", "--data-dir", data, "--listen", "127.0.0.1:0", "--admin-socket", "off"]
            let before = try Listing(of: data, isOpened: true)
            for arguments in [serve, ["rewrap", data], ["rewrap", "--retire", data]] {
                let result = try await Self.claverod(arguments)
                #expect(result.status == 78, "\(arguments)")
                let last = result.errors.lines.last { $0.hasPrefix("claverod: /") }
                #expect(
                    last
                        == "claverod: \(data)/root.key: not the root key of this database; put back the root.key that belongs to \(data)/clavero.db",
                    "\(arguments)")
                #expect(try Listing(of: data, isOpened: true) == before, "\(arguments)")
            }
        }

        @Test("A server with another site's name, or with a plugin that asks for too much, leaves nothing behind")
        func otherName() async throws {
            let directory = try TemporaryDirectory()
            let data = "\(directory.path)/data"
            #expect(try await Self.claverod(["init", data]).status == 0)
            let sqlite = try Tools.path("sqlite3", package: "sqlite3")
            let name = "INSERT INTO site (name, value) VALUES ('issuer', 'ours')"
            #expect(try await Tools.run(sqlite, ["\(data)/clavero.db", name]).status == 0)
            let before = try Listing(of: data, isOpened: true)
            let serve = ["--plugins", "keys", "--data-dir", data, "--listen", "127.0.0.1:0"]
            let plugin = ["--plugin", "/bin/cat", "--plugin-verbs", "cat=PURR", "--plugin-services", "cat=ROTATE"]
            for (words, status, reason) in [
                (["--site", "theirs"], 75, "--site theirs: the auth server of this site has the name ours"),
                (["--site", "ours"] + plugin, 78, "--plugin-services cat: ROTATE "),
            ] as [([String], Int32, String)] {
                let result = try await Self.claverod(serve + words)
                #expect(result.status == status, "\(result)")
                #expect(result.errors.lines.last?.hasPrefix("claverod: \(reason)") == true, "\(result.errors)")
                #expect(try Listing(of: data, isOpened: true) == before, "\(words)")
            }
        }

        @Test("An unusable root key is reported in one line, by the server and by rewrap")
        func unusable() async throws {
            let directory = try TemporaryDirectory()
            let data = "\(directory.path)/data"
            #expect(try await Self.claverod(["init", data]).status == 0)
            let (key, good) = ("\(data)/root.key", try Data(contentsOf: URL(filePath: "\(data)/root.key")))
            let serve = ["--plugins", "keys", "--data-dir", data, "--listen", "127.0.0.1:0", "--admin-socket", "off"]
            for (contents, mode, reason) in [
                (Data("\(good.prefix(40))\n".utf8), 0o600, "not a key of 32 bytes in base64; restore it from a backup"),
                (good + Data("c2hvcnQ=\n".utf8), 0o600, "not a key of 32 bytes in base64; restore it from a backup"),
                (
                    good, 0o644,
                    "other users have access to it; run: chmod 600 \(key), and replace it if they may have read it"
                ),
                (nil, 0o700, "cannot be read: not a file"),
            ] as [(Data?, Int, String)] {
                try? FileManager.default.removeItem(atPath: key)
                if let contents { try contents.write(to: URL(filePath: key)) } else { mkdir(key, 0o700) }
                try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: key)
                for arguments in [serve, ["rewrap", data]] {
                    let result = try await Self.claverod(arguments)
                    #expect(result.status >= 64)
                    #expect(result.errors.lines == ["claverod: \(key): \(reason)"])
                }
            }
        }

        @Test("A root key that is a credential is not changed, and one rewrap keeps out another")
        func refusals() async throws {
            let directory = try TemporaryDirectory()
            let (data, served) = ("\(directory.path)/data", "\(directory.path)/served")
            #expect(try await Self.claverod(["init", data]).status == 0)
            try FileManager.default.createDirectory(atPath: served, withIntermediateDirectories: false)
            try FileManager.default.copyItem(atPath: "\(data)/root.key", toPath: "\(served)/root.key")
            let credential = try await Self.claverod(["rewrap", data], environment: ["CREDENTIALS_DIRECTORY": served])
            #expect(credential.status == 78)
            #expect(
                credential.errors.lines
                    == ["claverod: \(served)/root.key: a credential, which must be changed at its source"])
            let flock = try Tools.path("flock", package: "util-linux")
            let held = try await Tools.run(
                flock, ["--shared", data, Tools.own("claverod"), "rewrap", data])
            #expect(held.status == 75)
            let reason =
                "another claverod init, rewrap, rotate, restore or certificate is running; wait until it has ended"
            #expect(held.errors.lines == ["claverod: \(data): \(reason)"])
            let lines = try String(contentsOfFile: "\(data)/root.key", encoding: .utf8).lines
            #expect(lines.count == 1)
        }

        @Test("A directory that cannot be written is reported in one line, and the root key stays as it is")
        func readOnly() async throws {
            let directory = try TemporaryDirectory()
            let data = "\(directory.path)/data"
            #expect(try await Self.claverod(["init", data]).status == 0)
            let key = try Data(contentsOf: URL(filePath: "\(data)/root.key"))
            let command = "exec '\(Tools.own("claverod"))' rewrap \(data)"
            let mount = "mount --bind \(data) \(data) && mount -o remount,bind,ro \(data) && \(command)"
            let unshare = try Tools.path("unshare", package: "util-linux")
            guard try await Tools.run(unshare, ["-rm", "true"]).status == 0 else {
                print("A directory that cannot be written: not tried, since no mount namespace can be made here")
                return
            }
            let result = try await Tools.run(unshare, ["-rm", "sh", "-c", mount])
            #expect(result.status == 77)
            #expect(result.errors.lines == ["claverod: \(data)/clavero.db: not writable"])
            #expect(try Data(contentsOf: URL(filePath: "\(data)/root.key")) == key)
        }
    }
}
