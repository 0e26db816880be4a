import Foundation
import TestKit
import Testing

extension EndToEnd {
    @Suite("The commands of claverod, run as another user than the site's", .serialized)
    struct Owners {
        /// The user that owns the site. It has no shell, no home and no other files.
        private static let user = "nobody"

        /// Runs a command as the site's user and in that user's group.
        private static func asUser(_ program: String, _ arguments: [String]) async throws -> Tool.Result {
            let setpriv = try Tools.path("setpriv", package: "util-linux")
            return try await Tools.run(
                setpriv, ["--reuid", user, "--regid", "nogroup", "--clear-groups", program] + arguments)
        }

        private static func files(_ path: String) throws -> [String] {
            try FileManager.default.subpathsOfDirectory(atPath: path).sorted().map { name in
                let file = try FileManager.default.attributesOfItem(atPath: "\(path)/\(name)")
                return "\(name) \(file[.ownerAccountID]!) \(file[.posixPermissions]!) \(file[.modificationDate]!)"
            }
        }

        /// Makes a site that the user owns, and copies the program to a path that the user can reach.
        private static func makeSite(_ directory: TemporaryDirectory) async throws -> (data: String, program: String) {
            let (data, program) = ("\(directory.path)/data", "\(directory.path)/claverod")
            try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: directory.path)
            // Another process must copy the program. If this process did, a child that starts at the same time would
            // inherit the copy open for writing, and the copy could not be run.
            #expect(try await Tools.run("/bin/cp", [Tools.own("claverod"), program]).status == 0)
            let result = try await asUser(program, ["init", data])
            try #require(result.status == 0, "\(result.errors)")
            return (data, program)
        }

        @Test(
            "Root is told which user to use and leaves no files, and that user's commands still work",
            .enabled(if: geteuid() == 0, "needs root, to become another user"))
        func refusedAsRoot() async throws {
            let directory = try TemporaryDirectory()
            let (data, program) = try await Self.makeSite(directory)
            let (copy, other) = ("\(directory.path)/a copy.db", "\(directory.path)/other")
            #expect(try await Self.asUser(program, ["backup", data, copy]).status == 0)
            let before = try Self.files(directory.path)
            for (arguments, file, shown) in [
                (["rewrap", data], "data/root.key", "rewrap \(data)"),
                (["rewrap", "--retire", data], "data/root.key", "rewrap --retire \(data)"),
                (["rotate", data], "data/token.key", "rotate \(data)"),
                (["rotate", "--withdraw", data], "data/token.key", "rotate --withdraw \(data)"),
                (["backup", data, other], "data/clavero.db", "backup \(data) \(other)"),
                (["restore", data, copy], "data/clavero.db", "restore \(data) '\(copy)'"),
                (["init", data], "data", "init \(data)"),
                (["init", "--upgrade", data], "data/root.key", "init --upgrade \(data)"),
                (
                    ["migrate", "--from", data, "--to", other], "data/clavero.db",
                    "migrate --from \(data) --to \(other)"
                ),
                (
                    ["migrate", "--from", copy, "--to", "\(data)/new.db"], "a copy.db",
                    "migrate --from '\(copy)' --to \(data)/new.db"
                ),
            ] {
                let result = try await Tools.run(program, arguments)
                #expect(result.status == 1, "\(arguments)")
                let reason = "belongs to the user nobody; run it as that user: runuser -u nobody -- claverod \(shown)"
                #expect(result.errors.lines == ["claverod: \(directory.path)/\(file): \(reason)"])
                #expect(try Self.files(directory.path) == before, "\(arguments)")
            }
            for arguments in [["rewrap", data], ["rotate", data], ["restore", data, copy]] {
                let result = try await Self.asUser(program, arguments)
                #expect(result.status == 0, "\(arguments): \(result.errors)")
            }
        }

        @Test("A command that is refused for any other reason also leaves no files")
        func refusals() async throws {
            let directory = try TemporaryDirectory()
            let data = "\(directory.path)/data"
            let claverod = { (words: [String]) in try await Tools.run(Tools.own("claverod"), words) }
            #expect(try await claverod(["init", data]).status == 0)
            try FileManager.default.removeItem(atPath: "\(data)/token.pub")
            let key = try Data(contentsOf: URL(filePath: "\(data)/root.key"))
            for (arguments, contents) in [
                (["rotate", data], key), (["rewrap", "--retire", data], Data("other".utf8)),
                (["rewrap", data], Data("other".utf8)), (["restore", data, "\(data)/audit.pub"], key),
                (["init", "\(data)/root.key/site"], key), (["init", "/proc/none/site"], key),
                (["init", "--database", "postgresql://x@127.0.0.1:1/none", "\(directory.path)/a/b/c"], key),
            ] {
                try contents.write(to: URL(filePath: "\(data)/root.key"))
                let before = try FileManager.default.subpathsOfDirectory(atPath: directory.path).sorted()
                let result = try await claverod(arguments)
                #expect(result.status == 1, "\(arguments)")
                #expect(try FileManager.default.subpathsOfDirectory(atPath: directory.path).sorted() == before)
            }
        }
    }
}
