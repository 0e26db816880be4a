import Foundation
import TestKit
import Testing

extension EndToEnd {
    @Suite("claverod backup to a directory, as a timer runs it", .serialized)
    struct BackupFolders {
        @Test("Each backup has a name of its own, the newest ones are kept, and other files are not touched")
        func keep() async throws {
            let directory = try TemporaryDirectory()
            let (data, folder) = ("\(directory.path)/data", "\(directory.path)/backups")
            try await LiveSite.makeData(data)
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
            let earlier = ["20200101T000000Z", "20210101T000000Z", "20990101T000000Z"].map { "clavero-\($0).db" }
            let others = ["notes.txt", "clavero-20200101.db", "clavero-20200101T000000Z.db.old"]
            let drafts = ["clavero-20200101T000000Z.db.17.new", "clavero-20200101T000000Z.db.17.new-journal"]
            for name in earlier + others + drafts {
                try Data().write(to: URL(filePath: "\(folder)/\(name)"))
            }
            let said = try await Tools.run(Tools.own("claverod"), ["backup", "--keep", "2", data, folder])
            #expect(said.status == 0, "\(said.errors)")
            let made = try #require(
                said.output.firstMatch(of: /The backup is in (.*\/(clavero-\d{8}T\d{6}Z\.db))\. Its keys/))
            // The new backup stays, although another one has a later name, as after the clock was set back.
            let left = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
            #expect(left == (others + [String(made.2), earlier[2]]).sorted())
            for name in earlier.dropLast() { #expect(said.output.contains("Removed: \(folder)/\(name)\n")) }
            let mode = try FileManager.default.attributesOfItem(atPath: String(made.1))[.posixPermissions] as? Int
            #expect(mode == 0o600)
            let restored = try await Tools.run(Tools.own("claverod"), ["restore", data, String(made.1)])
            #expect(restored.status == 0, "\(restored.errors)")
        }

        @Test("The unit of the timer runs the command with options that it takes")
        func unit() async throws {
            let unit = Repository.root.appending(path: "packaging/systemd/clavero-backup.service")
            let text = try String(contentsOf: unit, encoding: .utf8)
            let command = try #require(text.firstMatch(of: /(?m)^ExecStart=@sbindir@\/claverod (.*)$/)).1
            let number = try #require(text.firstMatch(of: /(?m)^Environment=CLAVERO_BACKUPS=(.*)$/)).1
            let directory = try TemporaryDirectory()
            try await LiveSite.makeData("\(directory.path)/data")
            let words = command.replacing("${CLAVERO_BACKUPS}", with: number)
                .replacing("/var/lib/clavero ", with: "\(directory.path)/data ")
                .replacing("${STATE_DIRECTORY}", with: directory.path)
            let result = try await Tools.run(Tools.own("claverod"), words.split(separator: " ").map(String.init))
            #expect(result.status == 0, "\(result.errors)")
            let made = try FileManager.default.contentsOfDirectory(atPath: directory.path)
            #expect(made.count == 2)
        }
    }
}
