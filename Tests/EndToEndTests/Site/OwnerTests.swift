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
            "A command that root starts becomes the owner of the site, and makes no file of root's",
            .enabled(if: geteuid() == 0, "needs root, to become another user"))
        func becomesOwnerAsRoot() async throws {
            let directory = try TemporaryDirectory()
            let (data, program) = try await Self.makeSite(directory)
            let (copy, other) = ("\(directory.path)/a copy.db", "\(directory.path)/other.db")
            let empty = "\(directory.path)/empty"
            try FileManager.default.createDirectory(atPath: empty, withIntermediateDirectories: false)
            #expect(chown(empty, try Self.id, gid_t.max) == 0)
            for arguments in [
                ["rewrap", data], ["rewrap", "--retire", data], ["rotate", data], ["rotate", "--withdraw", data],
                ["certificate", data], ["certificate", "--new-authority", data], ["backup", data, copy],
                ["restore", data, copy], ["init", "--upgrade", data], ["init", empty],
                ["migrate", "--from", data, "--to", other],
            ] {
                let result = try await Tools.run(program, arguments)
                #expect(result.status == 0, "\(arguments): \(result.errors)")
            }
            for file in try FileManager.default.subpathsOfDirectory(atPath: directory.path) where file != "claverod" {
                let owner = try FileManager.default.attributesOfItem(atPath: "\(directory.path)/\(file)")[
                    .ownerAccountID]
                #expect(owner as? Int == Int(try Self.id), "\(file)")
            }
        }

        /// The number of the site's user.
        private static var id: uid_t {
            get throws { try #require(getpwnam(user)).pointee.pw_uid }
        }

        @Test(
            "A third user is told whose site it is, and leaves no files",
            .enabled(if: geteuid() == 0, "needs root, to become another user"))
        func thirdUserAsRoot() async throws {
            let directory = try TemporaryDirectory()
            let (data, program) = try await Self.makeSite(directory)
            let (copy, other) = ("\(directory.path)/a copy.db", "\(directory.path)/other")
            #expect(try await Self.asUser(program, ["backup", data, copy]).status == 0)
            // The files are made readable, so that only the owner is wrong.
            #expect(chmod(data, 0o755) == 0)
            let before = try Self.files(directory.path)
            let setpriv = try Tools.path("setpriv", package: "util-linux")
            for (arguments, file) in [
                (["rewrap", data], "data/root.key"), (["rotate", data], "data/token.key"),
                (["certificate", data], "data/root.key"), (["backup", data, other], "data/clavero.db"),
                (["restore", data, copy], "data/clavero.db"), (["init", data], "data"),
                (["init", "--upgrade", data], "data/root.key"),
                (["migrate", "--from", data, "--to", other], "data/clavero.db"),
                (["migrate", "--from", copy, "--to", "\(data)/new.db"], "a copy.db"),
            ] {
                let user = ["--reuid", "64900", "--regid", "64900", "--clear-groups", program]
                let result = try await Tools.run(setpriv, user + arguments)
                #expect(result.status == 77, "\(arguments)")
                let reason = "belongs to the user nobody; run the command as that user, or as root"
                let lines = result.errors.lines
                #expect(lines.count == 1 && lines[0].hasPrefix("claverod: \(directory.path)/\(file)"), "\(result)")
                #expect(lines[0].hasSuffix(reason), "\(result)")
                #expect(try Self.files(directory.path) == before, "\(arguments)")
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
                #expect(result.status >= 64 && result.errors.lines.count == 1, "\(arguments): \(result)")
                #expect(try FileManager.default.subpathsOfDirectory(atPath: directory.path).sorted() == before)
            }
        }
    }
}
