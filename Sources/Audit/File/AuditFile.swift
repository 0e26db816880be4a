import Glibc

/// The locked file that a log is written to. If a write fails, the part of it that was written is cut off before the
/// next one.
///
/// A FIFO or a device is only written to. It cannot be cut, continued, or synchronised.
final class AuditFile {
    let path: String
    let isRegular: Bool
    /// The end of the last line that was written completely.
    private(set) var end: Int64
    private var descriptor: Int32
    private let identity: Identity
    /// Whether the file may have bytes after `end`.
    private var mustCut = false

    private struct Identity: Equatable {
        let device: dev_t
        let inode: ino_t

        init(_ status: stat) { (device, inode) = (status.st_dev, status.st_ino) }
    }

    /// Opens the file or creates it (mode 0600), and locks it.
    init(path: String) throws(AuditError) {
        let descriptor = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0o600)
        guard descriptor >= 0 else { throw AuditError(errnoAt: path) }
        (self.path, self.descriptor) = (path, descriptor)
        var status = stat()
        fstat(descriptor, &status)
        identity = Identity(status)
        isRegular = status.st_mode & S_IFMT == S_IFREG
        end = isRegular ? Int64(status.st_size) : 0
        try lock()
    }

    /// Locks the file. It waits a moment for the last process that had it: a server that is exiting, or a child of it
    /// that has not called exec yet.
    private func lock() throws(AuditError) {
        for _ in 0..<Self.lockTries {
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return }
            guard errno == EWOULDBLOCK else { throw AuditError(errnoAt: path) }
            usleep(Self.lockPause)
        }
        throw AuditError(path: path, cause: .inUse)
    }

    private static let lockTries = 100
    /// The pause between attempts, in microseconds.
    private static let lockPause: UInt32 = 10_000

    deinit { close() }

    /// Closes the file and releases its lock. The object must not be used afterwards.
    func close() {
        if descriptor >= 0 { _ = Glibc.close(descriptor) }
        descriptor = -1
    }

    /// Discards everything after `position`, where the next ``append(_:)`` begins.
    func cut(at position: Int64) {
        end = position
        mustCut = true
    }

    /// Whether the path still names this file.
    var isAtPath: Bool {
        var status = stat()
        return stat(path, &status) == 0 && Identity(status) == identity
    }

    /// Checks that the path still leads to all that was written.
    ///
    /// - Throws: `.vanished` if it does not.
    func checkPath() throws(AuditError) {
        guard isAtPath, size >= end else { throw AuditError(path: path, cause: .vanished) }
    }

    /// Whether the whole file still exists, and no file is at the path. Someone has moved it to another name.
    var isMovedAway: Bool {
        var status = stat()
        guard stat(path, &status) != 0, errno == ENOENT else { return false }
        return fstat(descriptor, &status) == 0 && status.st_nlink > 0 && size >= end
    }

    /// Accepts the file as it is, after someone has cut it.
    func acceptCut() {
        end = min(end, size)
    }

    private var size: Int64 {
        var status = stat()
        return isRegular && fstat(descriptor, &status) == 0 ? Int64(status.st_size) : end
    }

    /// Writes all of `lines`. In a regular file, it writes all of them or nothing.
    func append(_ lines: [UInt8]) throws(AuditError) {
        try cutIfNeeded()
        var written = 0
        while written < lines.count {
            let count = lines.withUnsafeBytes { write(descriptor, $0.baseAddress! + written, $0.count - written) }
            if count >= 0 { written += count }
            guard count < 0, errno != EINTR else { continue }
            let error = AuditError(errnoAt: path)
            mustCut = isRegular
            try? cutIfNeeded()
            throw error
        }
        end += Int64(written)
    }

    private func cutIfNeeded() throws(AuditError) {
        guard mustCut else { return }
        guard ftruncate(descriptor, off_t(end)) == 0 else { throw AuditError(errnoAt: path) }
        mustCut = false
    }

    /// Waits until everything written is on disk.
    func synchronize() throws(AuditError) {
        guard isRegular else { return }
        guard fdatasync(descriptor) == 0 else { throw AuditError(errnoAt: path) }
    }

    /// Returns the bytes from `start` up to, but not including, `stop`.
    func read(from start: Int64, to stop: Int64) throws(AuditError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: Int(stop - start))
        var have = 0
        while have < bytes.count {
            let count = bytes.withUnsafeMutableBytes {
                pread(descriptor, $0.baseAddress! + have, $0.count - have, off_t(start) + off_t(have))
            }
            guard count > 0 else { throw AuditError(errnoAt: path) }
            have += count
        }
        return bytes
    }
}
