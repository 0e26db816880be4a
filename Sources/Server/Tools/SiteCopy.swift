import Daemon
import Input
import Store

/// A copy of a site's whole database into another database. If it is interrupted and started again, it continues.
///
/// 1. The target is marked. From then on, no server opens it.
/// 2. The rows of each table are copied in the order of their keys, one batch in each transaction. Rows that the
///    target already has were copied by an earlier run, and the last key shows how far that run came.
/// 3. Both sides are read and compared. They must have the same rows.
/// 4. The mark is removed.
struct SiteCopy {
    enum Start {
        case new
        /// An earlier run began this copy.
        case resumed
    }

    private let source: SiteDatabase
    private let target: SiteDatabase
    private let batch: Int

    init(from source: SiteDatabase, to target: SiteDatabase, batch: Int) {
        (self.source, self.target, self.batch) = (source, target, batch)
    }

    /// Returns the value that identifies a site in the mark.
    static func origin(of source: SiteDatabase) throws -> String { try source.rootKeyID() ?? "" }

    /// Performs step 1.
    ///
    /// - Parameter anew: Whether to discard the rows that an earlier run has copied.
    /// - Throws: `StartError` if the target contains other data.
    func begin(anew: Bool) throws -> Start {
        let origin = try Self.origin(of: source)
        let marked = try target.origin()
        if marked != nil, anew {
            try target.beginAnew(from: origin)
            return .new
        }
        if let marked {
            guard marked == origin else {
                throw StartError(
                    "\(target.name): contains an unfinished migration of another database; use --anew to overwrite it",
                    .data)
            }
            return try target.count(of: SiteTable.all[0]) > 0 ? .resumed : .new
        }
        guard try target.begin(from: origin) else {
            throw StartError(
                "\(target.name): contains the data of a site; name an empty database or a new file", .creation)
        }
        return .new
    }

    /// Returns the number of rows that are still to be copied.
    func remaining() throws -> Int {
        try SiteTable.all.reduce(0) { try $0 + max(source.count(of: $1) - target.count(of: $1), 0) }
    }

    /// Performs step 2.
    ///
    /// - Parameter progress: Receives the number of rows that were copied since the last call.
    func copy(progress: (Int) -> Void) throws {
        for table in SiteTable.all {
            try source.rows(of: table, after: try target.lastKey(of: table), batch: batch) { rows in
                try target.insert(rows, into: table)
                progress(rows.count)
            }
        }
    }

    /// Performs step 3 for one table, and returns the digests of both sides.
    func digests(of table: SiteTable) throws -> (source: TableDigest, target: TableDigest) {
        (try TableDigest(of: table, in: source, batch: batch), try TableDigest(of: table, in: target, batch: batch))
    }

    /// Performs step 4.
    func finish() throws { try target.finish() }
}
