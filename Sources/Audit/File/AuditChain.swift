import Armor
import Seal
import Signing

/// What a line says after its first three members, a checkpoint apart.
enum AuditBody {
    /// What ``AuditRecord/put(to:)`` wrote.
    case record(time: Int64, text: ArraySlice<UInt8>)
    case lost(Int)
    case omitted(OmittedRecords, count: Int, since: Int64)
    case recovered(fragment: [UInt8], octets: Int)
}

/// Where a log stands, and how it goes on. A value: what could not be written is forgotten with it.
struct AuditChain {
    /// The last line's number and the digits of its hash, of which a new log has none.
    private var seq: UInt64
    private var hash: [UInt8]
    /// How many lines there are after the last checkpoint.
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

    /// - Parameter now: milliseconds since 1970, for all but a record, which has its own time.
    mutating func add(_ body: AuditBody, now: Int64, to bytes: inout [UInt8]) {
        switch body {
        case .record(let time, let record):
            add(at: time, atMost: record.count, to: &bytes) { text in text.put(record) }
        case .lost(let count):
            add(at: now, atMost: 64, to: &bytes) { text in
                text.put("\"lost\":")
                text.put(json: count)
            }
        case .omitted(let record, let count, let since):
            let strings = JSONText.bound(record.server) + JSONText.bound(record.from) + JSONText.bound(record.verb)
            add(at: now, atMost: 128 + strings + 2 * JSONText.numberBound, to: &bytes) { text in
                record.put(count: count, since: since, to: &text)
            }
        case .recovered(let fragment, let octets):
            let digits = Base64URL.encode(fragment)
            add(at: now, atMost: 64 + JSONText.bound(digits), to: &bytes) { text in
                text.put("\"recovered\":")
                text.put(json: digits)
                text.put(",\"octets\":")
                text.put(json: octets)
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

    /// - Parameter bound: the most octets that `body` puts.
    private mutating func add(
        at time: Int64, atMost bound: Int, to bytes: inout [UInt8], _ body: (inout JSONText) -> Void
    ) {
        let start = bytes.count
        bytes.append(atMost: Self.frontBound + bound + 2) { text in
            putFront(at: time, to: &text)
            body(&text)
            text.put("}\n")
        }
        follow(bytes.span.bytes.extracting(start..<(bytes.count - 1)))
    }

    /// The most octets that the members with which each line begins have.
    private static let frontBound = 128

    private func putFront(at time: Int64, to text: inout JSONText) {
        text.put("{\"seq\":")
        text.put(json: seq + 1)
        text.put(",\"time\":\"")
        AuditTime.put(time, to: &text)
        text.put("\",\"prev\":\"")
        text.put(hash)
        text.put("\",")
    }

    /// The next line follows this one, which is without its LF.
    private mutating func follow(_ line: RawSpan) {
        seq += 1
        let digest = digester.digest(line)
        hash.removeAll(keepingCapacity: true)
        hash.append(atMost: Base64URL.encodedCount(of: 32)) { text in
            Base64URL.encode(digest.span.bytes, into: text.take(Base64URL.encodedCount(of: 32)))
        }
    }
}
