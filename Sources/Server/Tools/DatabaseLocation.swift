import ArgumentParser
import Daemon
import Foundation
import Input
import Postgres
import Store

/// The location of a database: one side of a migration.
enum DatabaseLocation: ExpressibleByArgument, Sendable {
    /// The path of a file, or of a data directory that contains one.
    case file(String)
    case server(PostgresAddress)
    /// A URL that cannot be used, and the reason.
    case refused(StoreError)

    init?(argument: String) {
        guard argument.contains("://") else {
            self = .file(argument)
            return
        }
        // An error of the argument parser would show the value, which may contain a secret. So the reason is kept
        // here.
        do throws(StoreError) { self = .server(try PostgresAddress(argument)) } catch { self = .refused(error) }
    }

    /// Whether both sides are the same database, judged by their names.
    func isSame(as other: DatabaseLocation) -> Bool {
        switch (self, other) {
        case (.file(let own), .file(let other)):
            let paths = [own, other].map { URL(fileURLWithPath: Self.file(at: $0)).resolvingSymlinksInPath() }
            return paths[0] == paths[1]
        case (.server(let own), .server(let other)): return own.description == other.description
        default: return false
        }
    }

    /// Makes this process run as the owner of an existing file, or of the data directory that a new file is in.
    ///
    /// - Throws: `StartError` if the process runs neither as root nor as the owner.
    func becomeOwner() throws(StartError) {
        guard case .file(let path) = self else { return }
        let file = URL(fileURLWithPath: Self.file(at: path)).resolvingSymlinksInPath()
        let directory = DataDirectory.holding(file)
        let isOfSite = FileManager.default.fileExists(atPath: directory.file("root.key"))
        guard isOfSite || FileManager.default.fileExists(atPath: file.path) else { return }
        try SiteOwner(of: [file.path, directory.file("root.key")], in: directory)?.become()
    }

    func source() throws -> SiteDatabase {
        switch self {
        case .file(let path): try SiteDatabase(source: Self.file(at: path))
        case .server(let address): try SiteDatabase(source: address)
        case .refused(let reason): throw StartError("\(reason)", .init(reason))
        }
    }

    /// Opens the target of the migration.
    ///
    /// - Parameter origin: The value that marks a new file as an unfinished copy of the source.
    func target(from origin: String) throws -> SiteDatabase {
        switch self {
        case .file(let path): try Self.target(Self.file(at: path), from: origin)
        case .server(let address): try SiteDatabase(target: address)
        case .refused(let reason): throw StartError("\(reason)", .init(reason))
        }
    }

    private static func target(_ path: String, from origin: String) throws -> SiteDatabase {
        try DurableFile.requireDirectory(of: path)
        let directory = DataDirectory.holding(URL(fileURLWithPath: path).resolvingSymlinksInPath())
        return try SiteDatabase(target: path, from: origin, for: directory.databaseAccess)
    }

    private static func file(at path: String) -> String {
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory), isDirectory.boolValue else {
            return path
        }
        return DataDirectory(path: path).databasePath
    }
}
