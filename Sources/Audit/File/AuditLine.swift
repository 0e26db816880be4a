import Armor

/// A line of a log as read back. It has exactly one spelling, see ``AuditFormat``.
struct AuditLine {
    enum Kind: Equatable {
        case record(server: String)
        /// `signed` is how many octets of the line the signature covers.
        case checkpoint(of: AuditIdentity, key: String, signature: [UInt8], signed: Int)
        case lost(UInt64)
        case omitted(UInt64)
        case recovered(octets: UInt64)
    }

    let seq: UInt64
    let prev: String
    let kind: Kind

    /// Nil unless `line`, which is without its LF, is one in the format.
    init?(_ line: [UInt8]) {
        guard line.count <= AuditFormat.lineBound, String(validating: line, as: UTF8.self) != nil else { return nil }
        var scanner = LineScanner(line)
        guard scanner.skip("{\"seq\":"), let seq = scanner.number(), seq < 1 << 62, scanner.skip(",\"time\":\""),
            scanner.skipTime(), scanner.skip("\",\"prev\":"), let prev = scanner.string(),
            prev.isEmpty || Self.isHash(prev), scanner.skip(","), let kind = Self.kind(&scanner),
            scanner.skip("}"), scanner.isAtEnd
        else { return nil }
        (self.seq, self.prev, self.kind) = (seq, prev, kind)
    }

    private static func isHash(_ text: String) -> Bool { Base64URL.decode(text)?.count == 32 }

    private static func kind(_ scanner: inout LineScanner) -> Kind? {
        if scanner.skip("\"server\":") { return record(&scanner) }
        if scanner.skip("\"checkpoint\":") { return checkpoint(&scanner) }
        if scanner.skip("\"lost\":") { return scanner.number().map { .lost($0) } }
        if scanner.skip("\"omitted\":") { return omitted(&scanner) }
        guard scanner.skip("\"recovered\":"), let text = scanner.string(), Base64URL.decode(text) != nil,
            scanner.skip(",\"octets\":"), let octets = scanner.number()
        else { return nil }
        return .recovered(octets: octets)
    }

    private static func record(_ scanner: inout LineScanner) -> Kind? {
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

    private static func omitted(_ scanner: inout LineScanner) -> Kind? {
        guard let count = scanner.number(), scanner.skip(",\"server\":"), scanner.skipString(),
            scanner.skip(",\"from\":"), scanner.skipString(), scanner.skip(",\"verb\":"), scanner.skipString(),
            scanner.skip(",\"code\":"), scanner.number() != nil, scanner.skip(",\"since\":\""), scanner.skipTime(),
            scanner.skip("\"")
        else { return nil }
        return .omitted(count)
    }

    private static func checkpoint(_ scanner: inout LineScanner) -> Kind? {
        guard let reason = scanner.string(), CheckpointReason(rawValue: reason) != nil, scanner.skip(","),
            let identity = AuditIdentity(&scanner), scanner.skip(",\"key\":"), let key = scanner.string()
        else { return nil }
        let signed = scanner.place
        guard scanner.skip(",\"sig\":"), let text = scanner.string(), let signature = Base64URL.decode(text) else {
            return nil
        }
        return .checkpoint(of: identity, key: key, signature: signature, signed: signed)
    }

    /// The log that a checkpoint is of; nil for any other line.
    var identity: AuditIdentity? {
        guard case .checkpoint(let identity, _, _, _) = kind else { return nil }
        return identity
    }
}
