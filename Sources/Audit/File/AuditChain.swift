import Armor
import Seal
import Signing

/// The end of a log's chain, to which new lines are added. A value: lines that could not be written are discarded with
/// it.
struct AuditChain {
    /// The number of the last line, and the digits of its hash. A new log has no digits.
    private var seq: UInt64
    private var hash: [UInt8]
    /// The number of lines after the last checkpoint.
    private(set) var unsealed = 0
    /// The last checkpoint that was added here, and its line with its LF.
    private(set) var checkpoint: (point: AuditPoint, line: [UInt8])?
    private let identity: AuditIdentity
    private let digester = SHA256.Digester()

    init(of identity: AuditIdentity, after last: AuditPoint) {
        self.identity = identity
        (seq, hash) = (last.seq, Array(last.hash.utf8))
    }

    /// The last line.
    var last: AuditPoint { AuditPoint(seq: seq, hash: String(decoding: hash, as: UTF8.self)) }

    /// - Parameter now: the time in milliseconds since 1970. A record has a time of its own.
    mutating func add(_ body: AuditLineContent, now: Int64, to bytes: inout [UInt8]) {
        switch body {
        case .record(let time, let record):
            add(at: time, atMost: record.count, to: &bytes) { text in text.put(record) }
        case .lost(let count):
            add(at: now, atMost: 64, to: &bytes) { text in
                text.put("\"lost\":")
                text.put(json: count)
            }
        case .omitted(let record, let count, let since):
            let strings =
                JSONWriter.bound(record.server) + JSONWriter.bound(record.from) + JSONWriter.bound(record.verb)
            add(at: now, atMost: 128 + strings + 2 * JSONWriter.numberBound, to: &bytes) { text in
                record.put(count: count, since: since, to: &text)
            }
        case .recovered(let fragment, let count):
            let digits = Base64URL.encode(fragment)
            add(at: now, atMost: 64 + JSONWriter.bound(digits), to: &bytes) { text in
                text.put("\"recovered\":")
                text.put(json: digits)
                text.put(",\"bytes\":")
                text.put(json: count)
            }
        }
        unsealed += 1
    }

    mutating func seal(
        _ reason: CheckpointReason, by key: SigningKey, now: Int64, to bytes: inout [UInt8]
    ) throws(SealError) {
        let start = bytes.count
        bytes.append(atMost: Self.frontBound + 256 + identity.bound) { text in
            putFront(at: now, to: &text)
            text.put("\"checkpoint\":")
            text.put(json: reason.rawValue)
            text.put(",")
            identity.put(to: &text)
            text.put(",\"key\":")
            text.put(json: key.publicKey.id)
        }
        let signature = try key.sign(AuditFormat.signed(bytes[start...]).span.bytes)
        bytes.append(atMost: 256) { text in
            text.put(",\"sig\":")
            text.put(json: Base64URL.encode(signature))
            text.put("}\n")
        }
        follow(bytes.span.bytes.extracting(start..<(bytes.count - 1)))
        unsealed = 0
        checkpoint = (last, Array(bytes[start...]))
    }

    /// - Parameter bound: the most bytes that `body` writes.
    private mutating func add(
        at time: Int64, atMost bound: Int, to bytes: inout [UInt8], _ body: (inout JSONWriter) -> Void
    ) {
        let start = bytes.count
        bytes.append(atMost: Self.frontBound + bound + 2) { text in
            putFront(at: time, to: &text)
            body(&text)
            text.put("}\n")
        }
        follow(bytes.span.bytes.extracting(start..<(bytes.count - 1)))
    }

    /// The most bytes of the members with which each line begins.
    private static let frontBound = 128

    private func putFront(at time: Int64, to text: inout JSONWriter) {
        text.put("{\"seq\":")
        text.put(json: seq + 1)
        text.put(",\"time\":\"")
        AuditTime.put(time, to: &text)
        text.put("\",\"prev\":\"")
        text.put(hash)
        text.put("\",")
    }

    /// Chains the next line to this one, which is without its LF.
    private mutating func follow(_ line: RawSpan) {
        seq += 1
        let digest = digester.digest(line)
        hash.removeAll(keepingCapacity: true)
        hash.append(atMost: Base64URL.encodedCount(of: 32)) { text in
            Base64URL.encode(digest.span.bytes, into: text.take(Base64URL.encodedCount(of: 32)))
        }
    }
}
