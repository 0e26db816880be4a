import Foundation
import TestKit
import Testing

extension EndToEnd {
    @Suite("A command on a site that is refused says why in one line, and changes nothing", .serialized)
    struct ToolRefusals {
        private static let all = [
            "rewrap", "retire", "rotate", "withdraw", "certificate", "authority", "upgrade", "backup", "folder",
            "restore",
        ]

        @Test("A data directory that does not exist, or is a file")
        func directory() async throws {
            let bench = try await ToolBench()
            try FileManager.default.moveItem(atPath: bench.data, toPath: "\(bench.directory.path)/elsewhere")
            try await bench.expect(Self.all.filter { $0 != "upgrade" }, 66, "\(bench.data): no such directory; create")
            try await bench.expect(["upgrade"], 66, "\(bench.data)/root.key: no such file; create")
            try await bench.expect(["migrate"], 66, "\(bench.data): no such file")
            try Data("x".utf8).write(to: URL(filePath: bench.data))
            try await bench.expect(Self.all.filter { $0 != "upgrade" }, 66, "\(bench.data): not a directory; name")
            try await bench.expect(["migrate"], 65, "\(bench.data): not a Clavero database, or it is damaged")
        }

        @Test("Another command that holds the lock")
        func lock() async throws {
            let bench = try await ToolBench()
            try await bench.expect(
                ["rewrap", "retire", "rotate", "withdraw", "certificate", "authority", "restore"], 75,
                "\(bench.data): another claverod init, rewrap, rotate, restore or certificate is running; wait until it has ended",
                under: [try Tools.path("flock", package: "util-linux"), bench.data])
        }

        @Test("A key that is missing, damaged, or that others may read, and the mend")
        func keys() async throws {
            let bench = try await ToolBench()
            for (file, names) in [
                ("root.key", ["rewrap", "retire", "restore", "upgrade"]),
                ("token.key", ["rotate", "withdraw", "upgrade"]),
                ("tls/server.key", ["certificate"]), ("link/ca.key", ["certificate", "authority"]),
            ] {
                let path = "\(bench.data)/\(file)"
                try await bench.with(file, .removed) {
                    try await bench.expect(names, 66, "\(path): no such file")
                }
                try await bench.with(file, .readable) {
                    try await bench.expect(
                        names, 77, "\(path): other users have access to it; run: chmod 600 \(path), and replace it if")
                }
                try await bench.with(file, .contents(Data("x".utf8))) {
                    try await bench.expect(names, 65, "\(path): ")
                }
            }
            #expect(chmod(bench.data, 0o777) == 0)
            for (file, names) in [("root.key", ["rewrap", "restore"]), ("token.key", ["rotate"])] {
                let reason = "other users may write to its directory; run: chmod go-w \(bench.data)"
                try await bench.expect(names, 77, "\(bench.data)/\(file): \(reason)")
            }
        }

        @Test("Certificates that cannot be renewed")
        func certificates() async throws {
            let bench = try await ToolBench()
            let (path, other) = (bench.data, try await ToolBench())
            let names = ["certificate"]
            for file in ["tls/server.crt", "link/keys.crt"] {
                try await bench.with(file, .contents(Data("x".utf8))) {
                    try await bench.expect(names, file.hasPrefix("tls") ? 65 : 78, "\(path)/\(file): ")
                }
            }
            let issued = try Data(contentsOf: URL(filePath: "\(path)/link/keys.crt"))
            try await bench.with("tls/server.crt", .contents(issued)) {
                try await bench.expect(
                    names, 78,
                    "\(path)/tls/server.crt: was issued by \"Clavero links\", not by claverod; renew it there, or")
            }
            for (file, reason) in [
                ("link/ca.crt", "link/ca.key: not the private key of the authority in \(path)/link/ca.crt"),
                ("link/auth.crt", "link/auth.crt: was not issued by an authority in \(path)/link/ca.crt; move it away"),
            ] {
                let foreign = try Data(contentsOf: URL(filePath: "\(other.data)/\(file)"))
                try await bench.with(file, .contents(foreign)) {
                    try await bench.expect(names, file == "link/ca.crt" ? 65 : 78, "\(path)/\(reason)")
                }
            }
            for words in [
                ["--name", "a b", path], ["--name", "", path], ["--days", "0", path], ["--withdraw", "--links", path],
                ["--links", "--name", "x", path],
            ] {
                let before = try bench.contents()
                let result = try await Tools.run(Tools.own("claverod"), ["certificate"] + words)
                #expect(result.status == (words[1].contains(" ") || words[1].isEmpty ? 78 : 64), "\(words): \(result)")
                #expect(try bench.contents() == before)
            }
        }

        @Test("A link's key of another certificate, as after an interrupted renewal with new keys")
        func otherKey() async throws {
            let bench = try await ToolBench()
            let link = "\(bench.data)/link"
            let foreign = try Data(contentsOf: URL(filePath: "\(link)/keys.key"))
            try foreign.write(to: URL(filePath: "\(link)/auth.key"))
            try await bench.expect(
                ["certificate"], 65,
                "\(link)/auth.key: not the private key of \(link)/auth.crt; put the right file back, or make both anew with"
            )
            let words = ["certificate", "--links", "--new-keys", bench.data]
            #expect(try await Tools.run(Tools.own("claverod"), words).status == 0)
            #expect(try await Tools.run(Tools.own("claverod"), bench.commands["certificate"]!).status == 0)
        }

        @Test("A FIFO, another name of the database, and a name that is no file's")
        func otherFiles() async throws {
            let bench = try await ToolBench()
            let (data, path) = (bench.data, bench.directory.path)
            #expect(mkfifo("\(path)/fifo", 0o600) == 0 && link("\(data)/clavero.db", "\(path)/hard") == 0)
            for (arguments, status, reason) in [
                (["restore", data, "\(path)/fifo"], 65, "\(path)/fifo: not a Clavero database"),
                (["migrate", "--from", data, "--to", "\(path)/fifo"], 65, "\(path)/fifo: not a Clavero database"),
                (["restore", data, "\(path)/hard"], 65, "\(path)/hard: is the database itself; nothing was changed"),
                (["backup", data, "\(path)/none/"], 73, "\(path)/none/: no such directory; make it first"),
                (
                    ["init", "--name", "good", "--name", "a_b", "\(path)/new"], 78,
                    "--name: a certificate cannot contain \"a_b\"; give host names or addresses"
                ),
            ] as [([String], Int32, String)] {
                let result = try await Tools.run(Tools.own("claverod"), arguments, seconds: 20)
                #expect(result.status == status && result.errors.lines.count == 1, "\(arguments): \(result)")
                #expect(result.errors.hasPrefix("claverod: \(reason)"), "\(arguments): \(result)")
            }
            #expect(try await Tools.run(Tools.own("claverod"), ["init", ""]).status == 64)
        }

        @Test("A database that is damaged, or that a newer release has written")
        func database() async throws {
            let bench = try await ToolBench()
            let file = "\(bench.data)/clavero.db"
            let names = ["rewrap", "backup", "folder", "migrate"]
            let whole = try Data(contentsOf: URL(filePath: file))
            try await bench.with("clavero.db", .contents(whole.prefix(5000))) {
                try await bench.expect(names + ["restore"], 65, "\(file): not a Clavero database, or it is damaged")
            }
            let sqlite = try Tools.path("sqlite3", package: "sqlite3")
            let newer = "INSERT INTO grdb_migrations VALUES ('of a later release')"
            for path in [file, bench.copy] { #expect(try await Tools.run(sqlite, [path, newer]).status == 0) }
            try await bench.expect(names, 65, "\(file): written by a newer release of Clavero")
            try await bench.expect(["restore"], 65, "\(bench.copy): written by a newer release of Clavero")
        }

        @Test("A target that cannot be made, and a place that is no place for a backup")
        func targets() async throws {
            let bench = try await ToolBench()
            let (data, path) = (bench.data, bench.directory.path)
            for (arguments, status, reason) in [
                (["backup", data, bench.copy], 73, "\(bench.copy): already exists"),
                (["backup", data, "\(path)/none/copy"], 73, "\(path)/none: no such directory; make it first"),
                (["backup", data, "\(bench.copy)/copy"], 73, "\(bench.copy): not a directory"),
                (["backup", "--keep", "3", data, "\(path)/none"], 73, "\(path)/none: not a directory, so --keep"),
                (["restore", data, path], 66, "\(path): not a file"),
                (["restore", data, "\(path)/none"], 66, "\(path)/none: no such file"),
                (["init", data], 73, "\(data)/root.key: already exists; nothing was changed"),
                (["init", "\(data)/root.key/site"], 73, "\(data)/root.key/site: cannot be created: not"),
                (
                    ["migrate", "--from", data, "--to", "\(path)/none/x.db"], 73,
                    "\(path)/none: no such directory; make"
                ),
            ] as [([String], Int32, String)] {
                let before = try bench.contents()
                let result = try await Tools.run(Tools.own("claverod"), arguments)
                #expect(result.status == status && result.errors.lines.count == 1, "\(arguments): \(result)")
                #expect(result.errors.hasPrefix("claverod: \(reason)"), "\(arguments): \(result)")
                #expect(try bench.contents() == before)
            }
            for arguments in [["backup", data, "-"], ["backup", data, ""], ["backup", "--keep", "0", data, path]] {
                let result = try await Tools.run(Tools.own("claverod"), arguments)
                #expect(result.status == 64, "\(arguments): \(result)")
                #expect(!FileManager.default.fileExists(atPath: "-"))
            }
        }

        @Test(
            "A full disk, after which the same commands succeed", .enabled(if: geteuid() == 0, "needs root, to mount"))
        func fullDiskAsRoot() async throws {
            let disk = try SmallDisk(mebibytes: 4)
            let bench = try await ToolBench(on: disk)
            try await disk.fill()
            for name in ["rewrap", "rotate", "certificate", "authority", "backup", "folder", "restore"] {
                let words = disk.words + [Tools.own("claverod")] + bench.commands[name]!
                let list =
                    disk.words + ["/bin/sh", "-c", "cd \(bench.directory.path) && find . -type f -exec sha256sum {} +"]
                let before = try await Tools.run(list[0], Array(list.dropFirst())).output
                let result = try await Tools.run(words[0], Array(words.dropFirst()))
                #expect(result.status == 74 && result.errors.lines.count == 1, "\(name): \(result)")
                #expect(try await Tools.run(list[0], Array(list.dropFirst())).output == before, "\(name)")
            }
            try await disk.makeRoom()
            for name in ["rewrap", "rotate", "certificate", "authority", "backup", "folder", "restore"] {
                let words = disk.words + [Tools.own("claverod")] + bench.commands[name]!
                let result = try await Tools.run(words[0], Array(words.dropFirst()))
                #expect(result.status == 0, "\(name): \(result)")
            }
        }

        @Test("Drafts that a killed command has left keep no command from its work")
        func drafts() async throws {
            let bench = try await ToolBench()
            for name in ["root.key", "token.key", "token.pub", "link/ca.crt", "link/keys.crt", "tls/server.crt"] {
                try Data("half".utf8).write(to: URL(filePath: "\(bench.data)/\(name).new"))
            }
            for name in ["rewrap", "rotate", "certificate", "backup", "restore"] {
                let result = try await Tools.run(Tools.own("claverod"), bench.commands[name]!)
                #expect(result.status == 0, "\(name): \(result)")
            }
            let left = try FileManager.default.subpathsOfDirectory(atPath: bench.data).filter { $0.hasSuffix(".new") }
            #expect(left.isEmpty)
        }
    }
}
