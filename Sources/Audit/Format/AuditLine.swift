import Armor
import Signing

/// A line of a log that was read. It has exactly one spelling, see ``AuditFormat``.
struct AuditLine {
    enum Kind: Equatable {
        case record(server: String)
        /// `signed`: the bytes of the line that the signature covers.
        case checkpoint(of: AuditIdentity, key: String, signature: [UInt8], signed: Int)
        case lost(UInt64)
        case omitted(UInt64)
        case recovered(count: UInt64)
    }

    let seq: UInt64
    let prev: String
    let kind: Kind

    /// Reads a line, which is without its LF; nil if it is not in the format.
    init?(_ line: [UInt8]) {
        guard line.count <= AuditFormat.lineBound, String(validating: line, as: UTF8.self) != nil else { return nil }
        var scanner = AuditLineScanner(line)
        guard scanner.skip("{\"seq\":"), let seq = scanner.number(), seq < 1 << 62, scanner.skip(",\"time\":\""),
            scanner.skipTime(), scanner.skip("\",\"prev\":"), let prev = scanner.string(),
            prev.isEmpty || Self.isHash(prev), scanner.skip(","), let kind = Self.kind(&scanner),
            scanner.skip("}"), scanner.isAtEnd
        else { return nil }
        (self.seq, self.prev, self.kind) = (seq, prev, kind)
    }

    private static func isHash(_ text: String) -> Bool { Base64URL.decode(text)?.count == 32 }

    private static func kind(_ scanner: inout AuditLineScanner) -> Kind? {
        if scanner.skip("\"server\":") { return record(&scanner) }
        if scanner.skip("\"checkpoint\":") { return checkpoint(&scanner) }
        if scanner.skip("\"lost\":") { return scanner.number().map { .lost($0) } }
        if scanner.skip("\"omitted\":") { return omitted(&scanner) }
        guard scanner.skip("\"recovered\":"), let text = scanner.string(), Base64URL.decode(text) != nil,
            scanner.skip(",\"bytes\":"), let count = scanner.number()
        else { return nil }
        return .recovered(count: count)
    }

    private static func record(_ scanner: inout AuditLineScanner) -> Kind? {
        guard let server = scanner.string(), scanner.skip(",\"who\":"), scanner.skipStringOrNull(),
            scanner.skip(",\"from\":"), scanner.skipString(), scanner.skip(",\"verb\":"), scanner.skipString(),
            scanner.skip(",\"args\":"), scanner.skipStringsByName(), scanner.skip(",\"code\":"),
            scanner.number() != nil, scanner.skip(",\"enhanced\":"), scanner.skipStringOrNull(),
            scanner.skip(",\"us\":"), scanner.number() != nil
        else { return nil }
        // Some records have no request.
        if scanner.skip(",\"request\":"), scanner.string() == nil { return nil }
        return .record(server: server)
    }

    private static func omitted(_ scanner: inout AuditLineScanner) -> Kind? {
        guard let count = scanner.number(), scanner.skip(",\"server\":"), scanner.skipString(),
            scanner.skip(",\"from\":"), scanner.skipString(), scanner.skip(",\"verb\":"), scanner.skipString(),
            scanner.skip(",\"code\":"), scanner.number() != nil, scanner.skip(",\"since\":\""), scanner.skipTime(),
            scanner.skip("\"")
        else { return nil }
        return .omitted(count)
    }

    private static func checkpoint(_ scanner: inout AuditLineScanner) -> Kind? {
        guard let reason = scanner.string(), CheckpointReason(rawValue: reason) != nil, scanner.skip(","),
            let identity = AuditIdentity(&scanner), scanner.skip(",\"key\":"), let key = scanner.string()
        else { return nil }
        let signed = scanner.position
        guard scanner.skip(",\"sig\":"), let text = scanner.string(), let signature = Base64URL.decode(text) else {
            return nil
        }
        return .checkpoint(of: identity, key: key, signature: signature, signed: signed)
    }

    /// The identity in a checkpoint; nil for other lines.
    var identity: AuditIdentity? {
        guard case .checkpoint(let identity, _, _, _) = kind else { return nil }
        return identity
    }
}

extension AuditLine {
    enum SignatureStatus: Equatable {
        case good, bad, unknownKey
    }

    /// Verifies the signature of a checkpoint; nil for other lines. `line`: the bytes that this was read from.
    func signatureStatus(of line: [UInt8], by keys: [VerifyingKey]) -> SignatureStatus? {
        guard case .checkpoint(_, let id, let signature, let signed) = kind else { return nil }
        guard let key = keys.first(where: { $0.id == id }) else { return .unknownKey }
        let text = AuditFormat.signed(line[..<signed])
        return key.isValid(signature.span.bytes, for: text.span.bytes) ? .good : .bad
    }
}
