import Glibc

/// The file that a log is written to, locked. What an attempt left of a line is taken back before the next one.
///
/// A FIFO or a device is written to as it is: there nothing can be taken back, continued or synchronised.
final class AuditFile {
    let path: String
    let isRegular: Bool
    /// Where the last line that was written whole ends.
    private(set) var end: Int64
    private var descriptor: Int32
    private let identity: Identity
    /// Whether there may be more in the file than should be.
    private var mustCut = false

    private struct Identity: Equatable {
        let device: dev_t
        let inode: ino_t

        init(_ status: stat) { (device, inode) = (status.st_dev, status.st_ino) }
    }

    /// Opens or creates it (mode 0600).
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

    /// Waits a little for whoever had the file before: a server that is ending, or its child that has not begun yet.
    private func lock() throws(AuditError) {
        for _ in 0..<Self.lockTries {
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return }
            guard errno == EWOULDBLOCK else { throw AuditError(errnoAt: path) }
            usleep(Self.lockPause)
        }
        throw AuditError(path: path, cause: .inUse)
    }

    private static let lockTries = 100
    /// Microseconds.
    private static let lockPause: UInt32 = 10_000

    deinit { close() }

    /// Gives up the file and its lock; it is not to be used any more.
    func close() {
        if descriptor >= 0 { _ = Glibc.close(descriptor) }
        descriptor = -1
    }

    /// Lets the next ``append(_:)`` begin at `place`, and nothing of what is after it stay.
    func cut(at place: Int64) {
        end = place
        mustCut = true
    }

    /// Whether the path still names this file.
    var isAtPath: Bool {
        var status = stat()
        return stat(path, &status) == 0 && Identity(status) == identity
    }

    /// Throws `.vanished` when what was written would not be found at the path.
    func look() throws(AuditError) {
        guard isAtPath, size >= end else { throw AuditError(path: path, cause: .vanished) }
    }

    /// Takes the file for whole as it is, after somebody has cut it.
    func accept() {
        end = min(end, size)
    }

    private var size: Int64 {
        var status = stat()
        return isRegular && fstat(descriptor, &status) == 0 ? Int64(status.st_size) : end
    }

    /// All of `lines` or, in a regular file, nothing.
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

    /// Returns when all of it is on disk.
    func synchronize() throws(AuditError) {
        guard isRegular else { return }
        guard fdatasync(descriptor) == 0 else { throw AuditError(errnoAt: path) }
    }

    /// The octets from `start` up to, but not including, `stop`.
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
