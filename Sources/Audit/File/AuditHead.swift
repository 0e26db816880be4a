import Glibc
import Seal
import Signing

/// The file beside a log that holds its last checkpoint, and tells when that has been cut off.
struct AuditHead {
    let point: AuditPoint
    /// The checkpoint's line, without its LF.
    let line: [UInt8]
    let parsed: AuditLine
    let identity: AuditIdentity

    static func path(of log: String) -> String { log + ".head" }

    /// Nil when there is none.
    ///
    /// - Throws: `.badHead` when it is not a checkpoint's line.
    init?(of log: String) throws(AuditError) {
        let path = Self.path(of: log)
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw AuditError(errnoAt: path)
        }
        defer { close(descriptor) }
        var lines = LineReader(descriptor: descriptor, path: path)
        guard case .line(let line) = try lines.next(), let parsed = AuditLine(line), try lines.next() == nil,
            let identity = parsed.identity
        else { throw AuditError(path: path, cause: .badHead) }
        (self.line, self.parsed, self.identity) = (line, parsed, identity)
        point = AuditPoint(seq: parsed.seq, line: line.span.bytes)
    }

    /// Replaces it at once, when `line` (with its LF) is on disk.
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

extension AuditLine {
    enum Seal: Equatable {
        case good, bad, unknownKey
    }

    /// What becomes of the signature of `line`, which this was read from; nil if it is not a checkpoint.
    func seal(of line: [UInt8], by keys: [VerifyingKey]) -> Seal? {
        guard case .checkpoint(_, let id, let signature, let signed) = kind else { return nil }
        guard let key = keys.first(where: { $0.id == id }) else { return .unknownKey }
        let text = AuditFormat.signed(line[..<signed])
        return key.isValid(signature.span.bytes, for: text.span.bytes) ? .good : .bad
    }
}
