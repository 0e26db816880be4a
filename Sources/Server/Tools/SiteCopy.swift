import Daemon
import Input
import Store

/// All of a site's database, copied into another. Ended at any point and started again, it goes on.
///
/// 1. The target is marked: no server opens it from then on.
/// 2. The rows of each table are copied in the order of their keys, a batch in each transaction. What is there already
///    was copied by an earlier run, and the last key says how far that was.
/// 3. Both sides are read, and have to have the same rows.
/// 4. The mark goes.
struct SiteCopy {
    enum Beginning {
        case new
        /// A copy that an earlier run had begun.
        case resumed
    }

    private let source: SiteDatabase
    private let target: SiteDatabase
    private let batch: Int

    init(from source: SiteDatabase, to target: SiteDatabase, batch: Int) {
        (self.source, self.target, self.batch) = (source, target, batch)
    }

    /// What tells a site from another, in the mark.
    static func origin(of source: SiteDatabase) throws -> String { try source.rootKeyID() ?? "" }

    /// Step 1. `anew`: what an earlier run has copied is thrown away.
    ///
    /// - Throws: `StartError` where the target has something else in it.
    func begin(anew: Bool) throws -> Beginning {
        let origin = try Self.origin(of: source)
        let marked = try target.origin()
        if marked != nil, anew {
            try target.beginAnew(from: origin)
            return .new
        }
        if let marked {
            guard marked == origin else {
                throw StartError(
                    "\(target.name): an unfinished migration of another database is in it; --anew overwrites that")
            }
            return try target.count(of: SiteTable.all[0]) > 0 ? .resumed : .new
        }
        guard try target.begin(from: origin) else {
            throw StartError("\(target.name): has a site's data in it; name an empty database, or a new file")
        }
        return .new
    }

    /// How many rows there are to be copied.
    func remaining() throws -> Int {
        try SiteTable.all.reduce(0) { try $0 + max(source.count(of: $1) - target.count(of: $1), 0) }
    }

    /// Step 2. `progress` is told how many rows were copied since the last time.
    func copy(progress: (Int) -> Void) throws {
        for table in SiteTable.all {
            try source.rows(of: table, after: try target.lastKey(of: table), batch: batch) { rows in
                try target.insert(rows, into: table)
                progress(rows.count)
            }
        }
    }

    /// Step 3: what each table has on both sides.
    func digests(of table: SiteTable) throws -> (source: TableDigest, target: TableDigest) {
        (try TableDigest(of: table, in: source, batch: batch), try TableDigest(of: table, in: target, batch: batch))
    }

    /// Step 4.
    func finish() throws { try target.finish() }
}
