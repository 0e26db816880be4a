import Glibc

/// The lock by which a draft's process shows that it still uses the draft. It ends with the process.
///
/// It is a lock of one byte far behind those that SQLite locks, and it belongs to the open file. So SQLite's own locks do
/// not meet it, not even on NFS.
final class DraftLock {
    /// The command of fcntl(2) for a lock that belongs to the open file, not to the process (F_OFD_SETLK).
    private static let setOpenFileLock: Int32 = 37
    private static let byte = off_t(1) << 40

    private let descriptor: Int32

    /// Creates a draft, which only its owner can read, and locks it.
    ///
    /// - Throws: `StoreError` if it cannot be created.
    init(creating draft: String) throws(StoreError) {
        descriptor = open(draft, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw errno == EACCES ? .readOnly : StoreError(errno: errno) }
        // A filesystem without locks is no reason to fail: then no draft is found to be abandoned either.
        _ = Self.lock(descriptor)
        guard fsync(descriptor) == 0 else { throw StoreError(errno: errno) }
    }

    /// Locks an existing draft; nil if a process uses it, or if it is no regular file of this user.
    init?(of draft: String) {
        descriptor = open(draft, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard descriptor >= 0 else { return nil }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_uid == geteuid(),
            Self.lock(descriptor)
        else { return nil }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    private static func lock(_ descriptor: Int32) -> Bool {
        var lock = flock()
        lock.l_type = Int16(F_WRLCK)
        lock.l_whence = Int16(SEEK_SET)
        (lock.l_start, lock.l_len) = (byte, 1)
        return fcntl(descriptor, setOpenFileLock, &lock) == 0
    }
}
