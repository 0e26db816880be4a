import ArgumentParser
import Daemon
import Foundation
import Input
import Postgres
import Store

/// The command `claverod migrate`, which copies a site's database to another database engine. If it is interrupted
/// and started again, it continues.
struct Migrate: OwnerCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate",
        abstract: "Copy a site's database from SQLite to PostgreSQL, or back, while no server runs.",
        discussion: "If the command is interrupted, run it again. It continues where it stopped.")

    @Option(help: "The source: a data directory, a SQLite file, or postgresql://user@host/name.")
    var from: DatabaseLocation

    @Option(help: "The target, of the same kinds: a new file, or an empty database.")
    var to: DatabaseLocation

    @Option(help: "Rows to copy in one transaction.")
    var batch = 1000

    @Flag(help: "Discard what an earlier run has copied.")
    var anew = false

    func validate() throws {
        // A PostgreSQL statement has at most 65535 arguments.
        guard 1...9000 ~= batch else { throw ValidationError("--batch must be from 1 to 9000") }
        for (option, location) in [("from", from), ("to", to)] {
            switch location {
            // The command line is valid in these cases. `run` reports other problems.
            case .file, .server, .refused(.notInstalled): break
            case .refused(let reason): throw ValidationError("--\(option): \(reason)")
            }
        }
    }

    func becomeOwner() throws(StartError) {
        for location in [from, to] { try location.becomeOwner() }
    }

    func run() async throws {
        guard !from.isSame(as: to) else { throw StartError("--from and --to are the same") }
        do {
            let source = try from.source()
            let target = try to.target(from: try SiteCopy.origin(of: source))
            try run(SiteCopy(from: source, to: target, batch: batch), from: source.name, to: target.name)
        } catch let error as OpenError {
            throw StartError(error)
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
                    + "is not finished; use --anew to copy everything again", .data)
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
