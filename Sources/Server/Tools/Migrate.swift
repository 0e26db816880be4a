import ArgumentParser
import Daemon
import Foundation
import Input
import Postgres
import Store

/// The command `claverod migrate`, which copies a site's database to another database engine. If it is interrupted
/// and started again, it continues.
struct Migrate: AsyncParsableCommand, Sendable {
    static let configuration = CommandConfiguration(
        commandName: "claverod migrate",
        abstract: "Copy a site's database from SQLite to PostgreSQL, or back, while no server runs.",
        discussion: "If the command is interrupted, run it again. It continues where it stopped.")

    @Option(help: "The source: a data directory, a SQLite file, or postgresql://user@host/name.")
    var from: DatabasePlace

    @Option(help: "The target, of the same kinds: a new file, or an empty database.")
    var to: DatabasePlace

    @Option(help: "Rows to copy in one transaction.")
    var batch = 1000

    @Flag(help: "Discard what an earlier run has copied.")
    var anew = false

    func validate() throws {
        // A PostgreSQL statement has at most 65535 arguments.
        guard 1...9000 ~= batch else { throw ValidationError("--batch must be from 1 to 9000") }
        for (option, place) in [("from", from), ("to", to)] {
            switch place {
            // The command line is valid in these cases. `run` reports other problems.
            case .file, .server, .refused(.notInstalled): break
            case .refused(let reason): throw ValidationError("--\(option): \(reason)")
            }
        }
    }

    func run() async throws {
        guard !from.isSame(as: to) else { throw StartError("--from and --to are the same") }
        for place in [from, to] { try place.requireOwner() }
        do {
            let source = try from.source()
            let target = try to.target(from: try SiteCopy.origin(of: source))
            try run(SiteCopy(from: source, to: target, batch: batch), from: source.name, to: target.name)
        } catch let error as OpenError {
            throw StartError("\(error)")
        }
    }

    private func run(_ copy: SiteCopy, from source: String, to target: String) throws {
        switch try copy.begin(anew: anew) {
        case .new: print("copying \(source) to \(target)")
        case .resumed: print("continuing the earlier migration from \(source) to \(target)")
        }
        var progress = Progress(total: try copy.remaining(), of: "rows")
        try copy.copy { progress.advance(by: $0) }
        progress.end()
        let different = try verify(copy)
        guard different.isEmpty else {
            throw StartError(
                "\(target): differs from \(source) in \(different.joined(separator: ", ")), so the migration "
                    + "is not finished; use --anew to copy everything again")
        }
        try copy.finish()
        print(
            """
            All data is in \(target). From now on, start the servers with that database.
            \(source) is unchanged. Move it away, so that no server is started with it.
            """)
    }

    /// Compares all tables, and prints a line for each.
    ///
    /// - Returns: The names of the tables that differ.
    private func verify(_ copy: SiteCopy) throws -> [String] {
        try SiteTable.all.filter { table in
            let (source, target) = try copy.digests(of: table)
            guard source != target else {
                print("\(table.name): \(source)")
                return false
            }
            print("\(table.name): different: the source has \(source); the target has \(target)")
            return true
        }.map(\.name)
    }
}

/// One side of a migration.
enum DatabasePlace: ExpressibleByArgument, Sendable {
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

    /// Whether both sides are the same place, judged by their names.
    func isSame(as other: DatabasePlace) -> Bool {
        switch (self, other) {
        case (.file(let own), .file(let other)):
            let paths = [own, other].map { URL(fileURLWithPath: Self.file(at: $0)).resolvingSymlinksInPath() }
            return paths[0] == paths[1]
        case (.server(let own), .server(let other)): return own.description == other.description
        default: return false
        }
    }

    /// Checks that an existing file, or a new file in a data directory, belongs to the user of this process.
    ///
    /// - Throws: `StartError` if it belongs to another user.
    func requireOwner() throws(StartError) {
        guard case .file(let path) = self else { return }
        let file = URL(fileURLWithPath: Self.file(at: path)).resolvingSymlinksInPath()
        let directory = DataDirectory.holding(file)
        let isOfSite = FileManager.default.fileExists(atPath: directory.file("root.key"))
        guard isOfSite || FileManager.default.fileExists(atPath: file.path) else { return }
        try SiteOwner(of: [file.path, directory.file("root.key")], in: directory)?.requireThisUser()
    }

    func source() throws -> SiteDatabase {
        switch self {
        case .file(let path): try SiteDatabase(source: Self.file(at: path))
        case .server(let address): try SiteDatabase(source: address)
        case .refused(let reason): throw StartError("\(reason)")
        }
    }

    /// Opens the target of the migration.
    ///
    /// - Parameter origin: The value that marks a new file as an unfinished copy of the source.
    func target(from origin: String) throws -> SiteDatabase {
        switch self {
        case .file(let path): try Self.target(Self.file(at: path), from: origin)
        case .server(let address): try SiteDatabase(target: address)
        case .refused(let reason): throw StartError("\(reason)")
        }
    }

    private static func target(_ path: String, from origin: String) throws -> SiteDatabase {
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
