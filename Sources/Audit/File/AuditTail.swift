import Seal
import Signing

/// The end of the log in a file. It is read backwards from the end, no further than to the checkpoint that the head
/// holds.
struct AuditTail {
    /// The log's identity, which is new if there is no log yet.
    let identity: AuditIdentity
    /// The last complete line.
    let last: AuditPoint
    /// The end of that line in the file.
    let end: Int64
    /// The beginning of an incomplete line after it, and that line's length in bytes.
    let fragment: (front: [UInt8], count: Int)?
    /// Whether the file has lines and no head, which would show the last checkpoint.
    let lacksHead: Bool

    /// - Parameter server: the name of the server whose log it must be.
    /// - Throws: `.foreign`, `.badHead`, `.otherLog`, `.otherHead`, or `.otherKey`; and `.cutOff` if the head's
    ///   checkpoint is not in the file. To continue such a log would replace its head, which is the only sign that
    ///   lines are missing.
    init(of file: AuditFile, server: String, key: VerifyingKey) throws(AuditError) {
        let head = file.isRegular ? try AuditHead(of: file.path) : nil
        if let head { try Self.require(head.parsed, head.line, server, key, AuditHead.path(of: file.path), .badHead) }
        let first = try Self.first(of: file)
        if let first { try Self.require(first.parsed, first.line, server, key, file.path, .foreign) }
        let identities = (head?.identity, first?.parsed.identity)
        if let own = identities.0, let other = identities.1, own != other {
            throw AuditError(path: AuditHead.path(of: file.path), cause: .otherHead)
        }
        let identity = identities.0 ?? identities.1 ?? AuditIdentity(beginning: server)
        var bytes: [UInt8] = []
        var start = file.end
        while start > 0 && !Self.reaches(head, bytes) {
            guard bytes.count <= Self.bound else { throw AuditError(path: file.path, cause: .foreign) }
            let stop = start
            start = max(0, stop - Int64(1 << 16))
            bytes = try file.read(from: start, to: stop) + bytes
        }
        try self.init(identity, bytes, isWhole: start == 0, of: file, head: head)
    }

    /// Returns the first line of the file, if it has one.
    ///
    /// - Throws: `.foreign` if that line is longer than any checkpoint.
    private static func first(of file: AuditFile) throws(AuditError) -> (line: [UInt8], parsed: AuditLine)? {
        let beginning = try file.read(from: 0, to: min(file.end, 4096))
        guard let end = beginning.firstIndex(of: lineEnd) else {
            guard file.end <= 4096 else { throw AuditError(path: file.path, cause: .foreign) }
            return nil
        }
        let line = Array(beginning[..<end])
        guard let parsed = AuditLine(line) else { throw AuditError(path: file.path, cause: .foreign) }
        return (line, parsed)
    }

    /// Requires the line to be a checkpoint of that server, signed with that key.
    ///
    /// - Throws: `cause` if it is not a checkpoint or if its signature is not valid.
    private static func require(
        _ parsed: AuditLine, _ line: [UInt8], _ server: String, _ key: VerifyingKey, _ path: String,
        _ cause: AuditError.Cause
    ) throws(AuditError) {
        guard let identity = parsed.identity else { throw AuditError(path: path, cause: cause) }
        switch parsed.signatureStatus(of: line, by: [key]) {
        case .good: break
        case .unknownKey: throw AuditError(path: path, cause: .otherKey)
        case .bad, nil: throw AuditError(path: path, cause: cause)
        }
        guard identity.server == server else {
            throw AuditError(path: path, cause: .otherLog(server: identity.server, expected: server))
        }
    }

    /// More bytes than there ever are between two checkpoints.
    private static let bound = 1 << 28
    private static let lineEnd = UInt8(ascii: "\n")

    /// Returns whether `bytes` contain at least one complete line from its beginning. If there is a head, its line must
    /// be included.
    private static func reaches(_ head: AuditHead?, _ bytes: [UInt8]) -> Bool {
        guard let first = bytes.firstIndex(of: lineEnd), let last = bytes.lastIndex(of: lineEnd), first < last else {
            return false
        }
        guard let head else { return true }
        let line = bytes[(first + 1)...].prefix { $0 != lineEnd }
        return AuditLine(Array(line)).map { $0.seq <= head.point.seq } ?? false
    }

    /// - Parameter isWhole: whether `bytes` are the whole file, and not only its end.
    private init(
        _ identity: AuditIdentity, _ bytes: [UInt8], isWhole: Bool, of file: AuditFile, head: AuditHead?
    ) throws(AuditError) {
        self.identity = identity
        let last = bytes.lastIndex(of: Self.lineEnd)
        let rest = bytes[(last.map { $0 + 1 } ?? 0)...]
        fragment = rest.isEmpty ? nil : (Array(rest.prefix(AuditFormat.fragmentBound)), rest.count)
        end = file.end - Int64(rest.count)
        var lines = bytes[..<(last ?? 0)].split(separator: Self.lineEnd, omittingEmptySubsequences: false)
        if !isWhole { lines.removeFirst() }
        lacksHead = last != nil && head == nil
        guard last != nil, let line = lines.last.map({ Array($0) }) else {
            // The file is empty. Either the log is new, or its last file was moved away and its head is here.
            self.last = head?.point ?? .origin
            return
        }
        guard let parsed = AuditLine(line) else { throw AuditError(path: file.path, cause: .foreign) }
        self.last = AuditPoint(seq: parsed.seq, line: line.span.bytes)
        if let head, !Self.contains(head, in: lines) {
            throw AuditError(path: file.path, cause: .cutOff(seq: head.point.seq))
        }
    }

    /// Returns whether the log is complete. This is also so if the file begins right after the head's checkpoint, as it
    /// does between a reopening and the file's first checkpoint.
    private static func contains(_ head: AuditHead, in lines: [ArraySlice<UInt8>]) -> Bool {
        if lines.contains(where: { $0.elementsEqual(head.line) }) { return true }
        guard let first = lines.first.flatMap({ AuditLine(Array($0)) }) else { return false }
        return first.seq == head.point.seq + 1 && first.prev == head.point.hash
    }
}
