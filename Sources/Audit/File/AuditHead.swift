import Glibc

/// The file beside a log that holds a copy of its last checkpoint. It shows when the end of the log was cut off.
struct AuditHead {
    let point: AuditPoint
    /// The checkpoint's line, without its LF.
    let line: [UInt8]
    let parsed: AuditLine
    let identity: AuditIdentity

    static func path(of log: String) -> String { log + ".head" }

    /// Reads the head of a log; nil if there is none.
    ///
    /// - Throws: `.badHead` if it does not hold the line of a checkpoint.
    init?(of log: String) throws(AuditError) {
        let path = Self.path(of: log)
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw AuditError(errnoAt: path)
        }
        defer { close(descriptor) }
        var lines = AuditLineReader(descriptor: descriptor, path: path)
        guard case .line(let line) = try lines.next(), let parsed = AuditLine(line), try lines.next() == nil,
            let identity = parsed.identity
        else { throw AuditError(path: path, cause: .badHead) }
        (self.line, self.parsed, self.identity) = (line, parsed, identity)
        point = AuditPoint(seq: parsed.seq, line: line.span.bytes)
    }

    /// Replaces the head atomically. `line`: the line of a checkpoint that is on disk, with its LF.
    static func replace(of log: String, by line: [UInt8]) throws(AuditError) {
        let path = path(of: log)
        let draft = path + ".new"
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw AuditError(errnoAt: draft) }
        defer { close(descriptor) }
        let written = line.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        guard written == line.count else {
            if written >= 0 { errno = ENOSPC }
            throw AuditError(errnoAt: draft)
        }
        guard fdatasync(descriptor) == 0, rename(draft, path) == 0 else { throw AuditError(errnoAt: path) }
    }
}
