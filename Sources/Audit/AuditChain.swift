import Armor
import Seal

/// What a line says after its first three members, a checkpoint apart.
enum AuditBody: Sendable {
    case record(AuditRecord)
    case lost(Int)
    case recovered(fragment: [UInt8], octets: Int)
}

/// Where a log stands, and how it goes on. A value: what could not be written is forgotten with it.
struct AuditChain: Sendable {
    private(set) var last: AuditPoint
    /// How many lines there are after the last checkpoint.
    private(set) var unsealed = 0
    /// The last checkpoint that was added here, and its line with its LF.
    private(set) var checkpoint: (point: AuditPoint, line: [UInt8])?

    init(after last: AuditPoint) { self.last = last }

    /// - Parameter now: milliseconds since 1970, for all but a record, which has its own time.
    mutating func add(_ body: AuditBody, now: Int64, to bytes: inout [UInt8]) {
        let start = bytes.count
        switch body {
        case .record(let record):
            begin(at: record.time, in: &bytes)
            bytes.append(record)
        case .lost(let count):
            begin(at: now, in: &bytes)
            bytes.append("\"lost\":")
            bytes.append(json: count)
        case .recovered(let fragment, let octets):
            begin(at: now, in: &bytes)
            bytes.append("\"recovered\":")
            bytes.append(json: Base64URL.encode(fragment))
            bytes.append(",\"octets\":")
            bytes.append(json: octets)
        }
        end(from: start, in: &bytes)
        unsealed += 1
    }

    mutating func seal(
        _ reason: CheckpointReason, by key: SigningKey, now: Int64, to bytes: inout [UInt8]
    ) throws(SealError) {
        let start = bytes.count
        begin(at: now, in: &bytes)
        bytes.append("\"checkpoint\":")
        bytes.append(json: reason.rawValue)
        bytes.append(",\"key\":")
        bytes.append(json: key.publicKey.id)
        let signature = try key.sign(AuditFormat.signed(bytes[start...]).span.bytes)
        bytes.append(",\"sig\":")
        bytes.append(json: Base64URL.encode(signature))
        end(from: start, in: &bytes)
        unsealed = 0
        checkpoint = (last, Array(bytes[start...]))
    }

    private func begin(at time: Int64, in bytes: inout [UInt8]) {
        bytes.append("{\"seq\":")
        bytes.append(json: last.seq + 1)
        bytes.append(",\"time\":")
        bytes.append(json: AuditTime.text(time))
        bytes.append(",\"prev\":")
        bytes.append(json: last.hash)
        bytes.append(",")
    }

    private mutating func end(from start: Int, in bytes: inout [UInt8]) {
        bytes.append("}")
        last = AuditPoint(seq: last.seq + 1, line: bytes.span.bytes.extracting(start..<bytes.count))
        bytes.append("\n")
    }
}

extension [UInt8] {
    fileprivate mutating func append(_ record: AuditRecord) {
        append("\"server\":")
        append(json: record.server)
        append(",\"who\":")
        append(json: record.who)
        append(",\"from\":")
        append(json: record.from)
        append(",\"verb\":")
        append(json: record.verb)
        append(",\"args\":{")
        for (place, argument) in record.arguments.enumerated() {
            if place > 0 { append(",") }
            append(json: argument.name)
            append(":")
            append(json: argument.value)
        }
        append("},\"code\":")
        append(json: record.code)
        append(",\"enhanced\":")
        append(json: record.enhanced)
        append(",\"us\":")
        append(json: record.microseconds)
    }
}
