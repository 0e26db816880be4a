import Glibc

/// The files that SQLite leaves beside a database that it could not open.
enum SQLiteLeftovers {
    /// The command of fcntl(2) for a lock that belongs to the open file, not to the process (F_OFD_SETLK).
    private static let setOpenFileLock: Int32 = 37
    /// The bytes that SQLite locks for an exclusive use: the reserved byte and the shared ones, of which every process
    /// that has the database open holds one.
    private static let lockBytes: Range<off_t> = 0x4000_0001..<0x4000_0200

    /// Runs the work, which opens the database. If it throws, an empty log and its index are removed, unless they were
    /// there before, or another process has the database open.
    static func removing<Value>(beside path: String, after work: () throws -> Value) throws -> Value {
        let isUsed = access("\(path)-shm", F_OK) == 0 || access("\(path)-wal", F_OK) == 0
        do {
            return try work()
        } catch {
            if !isUsed { remove(beside: path) }
            throw error
        }
    }

    private static func remove(beside path: String) {
        let descriptor = open(path, O_RDWR | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        var lock = flock()
        lock.l_type = Int16(F_WRLCK)
        lock.l_whence = Int16(SEEK_SET)
        (lock.l_start, lock.l_len) = (lockBytes.lowerBound, off_t(lockBytes.count))
        guard fcntl(descriptor, setOpenFileLock, &lock) == 0 else { return }
        var status = stat()
        guard stat("\(path)-wal", &status) != 0 || status.st_size == 0 else { return }
        for suffix in ["-wal", "-shm"] { unlink(path + suffix) }
    }
}
