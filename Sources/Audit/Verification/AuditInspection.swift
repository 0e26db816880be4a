import Seal
import Signing

/// The findings in the lines of a file that were inspected so far.
struct AuditInspection {
    var report = AuditReport()
    private let keys: [VerifyingKey]
    private let server: String?
    private let expected: AuditPoint?
    private var headIdentity: AuditIdentity?
    private var head: AuditPoint?
    private var missing: Set<AuditPoint> = []
    private var number = 0

    init(keys: [VerifyingKey], server: String?, expected: AuditPoint?) {
        (self.keys, self.server, self.expected) = (keys, server, expected)
        if let expected { missing.insert(expected) }
    }

    mutating func compare(with head: AuditHead) {
        report.hasHead = true
        headIdentity = head.identity
        switch head.parsed.signatureStatus(of: head.line, by: keys) {
        case .good:
            self.head = head.point
            missing.insert(head.point)
        case .unknownKey: report.find("the head is signed with an unknown key")
        case .bad, nil: report.find("the head's signature is bad")
        }
    }

    mutating func inspect(_ line: AuditLineReader.Line) {
        number += 1
        switch line {
        case .overlong: report.find("line \(number) is too long for a line of an audit log", at: number)
        case .incomplete(let count):
            report.find("line \(number) is incomplete: \(count) bytes and no line end", at: number)
        case .line(let bytes): inspect(bytes)
        }
    }

    private mutating func inspect(_ bytes: [UInt8]) {
        guard let line = AuditLine(bytes) else {
            return report.find("line \(number) is not a line of an audit log", at: number)
        }
        if let last = report.last { follow(line, last) } else { begin(line) }
        let point = AuditPoint(seq: line.seq, line: bytes.span.bytes)
        report.last = point
        report.lines += 1
        missing.remove(point)
        switch line.kind {
        case .record(let server): record(of: server)
        case .lost(let count): (report.lost, report.unsealed) = (report.lost &+ count, report.unsealed + 1)
        case .omitted(let count):
            (report.omitted, report.unsealed) = (report.omitted &+ count, report.unsealed + 1)
        case .recovered: (report.recovered, report.unsealed) = (report.recovered + 1, report.unsealed + 1)
        case .checkpoint(let identity, let key, _, _):
            identify(identity)
            check(line.signatureStatus(of: bytes, by: keys), of: point, by: key)
        }
    }

    private mutating func record(of server: String) {
        report.unsealed += 1
        guard let identity = report.identity, identity.server != server else { return }
        report.find("line \(number) belongs to the server \(server), but the log to \(identity.server)", at: number)
    }

    /// Requires all checkpoints to name the same log as the first one.
    private mutating func identify(_ identity: AuditIdentity) {
        guard let own = report.identity else {
            report.identity = identity
            guard let server, identity.server != server else { return }
            return report.find("this is the log of the server \(identity.server), not of \(server)", at: number)
        }
        guard own != identity else { return }
        report.find("line \(number) belongs to another log, \(identity)", at: number)
    }

    private mutating func begin(_ line: AuditLine) {
        if line.identity == nil { report.find("line \(number) does not say which log this is", at: number) }
        let before = AuditPoint(seq: line.seq &- 1, hash: line.prev)
        if before == .origin { return }
        guard line.seq > 1, !line.prev.isEmpty else {
            return report.find("line \(number) neither begins a log nor continues one: seq \(line.seq)", at: number)
        }
        report.continues = before
        missing.remove(before)
    }

    private mutating func follow(_ line: AuditLine, _ last: AuditPoint) {
        let next = last.seq &+ 1
        if line.seq == next {
            guard line.prev != last.hash else { return }
            let one = "line \(number) does not follow from line \(number - 1)"
            return report.find("\(one): one of them was changed", at: number)
        }
        guard line.seq > next else {
            return report.find("line \(number) is out of order: seq \(line.seq) after \(last.seq)", at: number)
        }
        let gap = line.seq - 1 == next ? "seq \(next)" : "seq \(next) to \(line.seq - 1)"
        report.find("lines are missing before line \(number): \(gap)", at: number)
    }

    private mutating func check(_ seal: AuditLine.SignatureStatus?, of point: AuditPoint, by key: String) {
        switch seal {
        case .good: (report.checkpoint, report.unsealed) = (point, 0)
        case .unknownKey:
            report.unsealed += 1
            report.find("line \(number) is signed with an unknown key, \(key)", at: number)
        case .bad, nil:
            report.unsealed += 1
            report.find("line \(number) has a bad signature", at: number)
        }
    }

    /// Returns the report, after all lines have been inspected.
    consuming func end() -> AuditReport {
        if let headIdentity, let own = report.identity, own != headIdentity {
            report.find("the head belongs to another log, \(headIdentity)")
        }
        if let head, missing.contains(head) { report.find("cut off: checkpoint seq \(head.seq) is missing") }
        if let expected, expected != head, missing.contains(expected) {
            let earlier = report.continues.map { expected.seq < $0.seq } ?? false
            report.find(
                earlier
                    ? "seq \(expected.seq) is not in this file, which begins after it"
                    : "the line of seq \(expected.seq) with the hash expected is missing")
        }
        return report
    }
}
