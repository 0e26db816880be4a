import Glibc
import Synchronization

/// The files that a path named when its database was opened: the database, its write-ahead log and its shared index.
///
/// SQLite goes on writing to a file that was removed or replaced, and all of that is lost at the next start. The inode
/// cannot be given to another file as long as SQLite has this one open.
struct OpenFiles: Sendable {
    private let files: [(path: String, identity: FileIdentity)]

    /// - Throws: `.missing` if one of the three does not exist.
    init(of path: String) throws(StoreError) {
        var files: [(path: String, identity: FileIdentity)] = []
        for suffix in ["", "-wal", "-shm"] {
            files.append((path + suffix, try FileIdentity(of: path + suffix)))
        }
        self.files = files
    }

    /// - Throws: `.missing` if a path no longer names the file that it did.
    func check() throws(StoreError) {
        for file in files where try FileIdentity(of: file.path) != file.identity {
            throw .missing
        }
    }
}

/// The numbers that tell a file from every other file that exists at the same time.
struct FileIdentity: Sendable, Equatable {
    let device: UInt64
    let inode: UInt64

    /// - Throws: `.missing` if there is no such file.
    init(of path: String) throws(StoreError) {
        var status = stat()
        guard stat(path, &status) == 0 else { throw StoreError(errno: errno) }
        (device, inode) = (UInt64(status.st_dev), UInt64(status.st_ino))
    }
}

/// Looks at the files now and then, for callers to whom a look each time would cost more than their own work.
final class FileWatch: Sendable {
    private static let interval: UInt64 = 50_000_000

    private let next = Atomic<UInt64>(0)
    private let wasInPlace = Atomic(true)

    /// Whether the paths named the files that were opened, at most 50 ms ago.
    func isInPlace(_ files: OpenFiles) -> Bool {
        let now = MonotonicClock.coarseNanoseconds()
        if now < next.load(ordering: .acquiring) { return wasInPlace.load(ordering: .relaxed) }
        let isInPlace = (try? files.check()) != nil
        wasInPlace.store(isInPlace, ordering: .relaxed)
        next.store(now + Self.interval, ordering: .releasing)
        return isInPlace
    }
}
