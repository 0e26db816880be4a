import Foundation
import TestKit
import Testing

/// A site, a backup of it, and the commands that work on the site.
struct ToolBench {
    let directory: TemporaryDirectory
    var data: String { "\(directory.path)/data" }
    var copy: String { "\(directory.path)/copy.db" }

    init(on disk: SmallDisk? = nil) async throws {
        directory = try disk?.directory ?? TemporaryDirectory()
        try await LiveSite.makeData(data, on: disk)
        let words = (disk?.words ?? []) + [Tools.own("claverod"), "backup", data, copy]
        #expect(try await Tools.run(words[0], Array(words.dropFirst())).status == 0)
    }

    /// The commands, by their names.
    var commands: [String: [String]] {
        [
            "rewrap": ["rewrap", data], "retire": ["rewrap", "--retire", data], "rotate": ["rotate", data],
            "withdraw": ["rotate", "--withdraw", data], "certificate": ["certificate", data],
            "authority": ["certificate", "--new-authority", data], "upgrade": ["init", "--upgrade", data],
            "backup": ["backup", data, "\(directory.path)/new.db"], "restore": ["restore", data, copy],
            "folder": ["backup", "--keep", "1", data, directory.path],
            "migrate": ["migrate", "--from", data, "--to", "\(directory.path)/new.db"],
        ]
    }

    /// Runs the commands with these names, and expects that each ends with the status, writes one line that
    /// begins with `reason`, and changes no file.
    func expect(
        _ names: [String], _ status: Int32, _ reason: String, under words: [String] = [],
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        for name in names {
            let before = try contents()
            let words = words + [Tools.own("claverod")] + commands[name]!
            let result = try await Tools.run(words[0], Array(words.dropFirst()))
            #expect(result.status == status, "\(name): \(result)", sourceLocation: sourceLocation)
            let lines = result.errors.lines
            #expect(
                lines.count == 1 && lines[0].hasPrefix("claverod: \(reason)"), "\(name): \(result)",
                sourceLocation: sourceLocation)
            let after = try contents()
            let changed = Set(before.keys).union(after.keys).filter { before[$0] != after[$0] }
            #expect(changed.isEmpty, "\(name)", sourceLocation: sourceLocation)
        }
    }

    /// Returns the contents and the mode of every file of the directory.
    func contents() throws -> [String: String] {
        var found: [String: String] = [:]
        for name in try FileManager.default.subpathsOfDirectory(atPath: directory.path) {
            let path = "\(directory.path)/\(name)"
            let file = try FileManager.default.attributesOfItem(atPath: path)
            let data = (try? Data(contentsOf: URL(filePath: path)))?.base64EncodedString() ?? ""
            found[name] = "\(file[.posixPermissions]!) \(file[.ownerAccountID]!) \(data)"
        }
        return found
    }

    enum Change {
        case removed
        /// Every user may read the file.
        case readable
        case contents(Data)
    }

    /// Runs `body` with a file changed, and then puts the file back.
    func with(_ file: String, _ change: Change, _ body: () async throws -> Void) async throws {
        let (path, kept) = ("\(data)/\(file)", "\(directory.path)/kept")
        try FileManager.default.copyItem(atPath: path, toPath: kept)
        switch change {
        case .removed: try FileManager.default.removeItem(atPath: path)
        case .readable: try #require(chmod(path, 0o644) == 0)
        case .contents(let data): try data.write(to: URL(filePath: path))
        }
        try await body()
        try? FileManager.default.removeItem(atPath: path)
        try FileManager.default.moveItem(atPath: kept, toPath: path)
    }
}
