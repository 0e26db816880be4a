import NIOSSL

/// The order of the certificates that a TLS server sends: its own first, and after each the one that has issued it
/// (RFC 8446, section 4.4.2).
enum CertificateChain {
    /// Returns the index of the first certificate, after the first one, that has not issued the one before it; nil if
    /// there is none.
    static func firstMisplaced(in chain: [NIOSSLCertificate]) -> Int? {
        let names = chain.map { certificate in (try? certificate.toDERBytes()).flatMap(Names.init) }
        return names.indices.dropFirst().first { index in
            guard let name = names[index], let previous = names[index - 1] else { return false }
            return previous.issuer != name.subject
        }
    }

    /// The names in a certificate, in DER.
    struct Names: Equatable {
        let issuer: [UInt8]
        let subject: [UInt8]

        /// Reads them (RFC 5280, section 4.1):
        ///
        ///     Certificate     ::= SEQUENCE { tbsCertificate TBSCertificate, ... }
        ///     TBSCertificate  ::= SEQUENCE { [0] version OPTIONAL, serialNumber, signature, issuer, validity, subject, ... }
        init?(_ certificate: [UInt8]) {
            var outer = DERReader(certificate[...])
            guard let body = outer.next() else { return nil }
            var inner = DERReader(body.content)
            guard let fields = inner.next() else { return nil }
            var reader = DERReader(fields.content)
            guard let first = reader.next() else { return nil }
            if first.tag == 0xA0 { _ = reader.next() }
            guard reader.next() != nil, let issuer = reader.next(), reader.next() != nil, let subject = reader.next()
            else { return nil }
            (self.issuer, self.subject) = (Array(issuer.content), Array(subject.content))
        }
    }
}

/// Reads values in DER one after another (X.690, section 8.1), without looking at their contents.
private struct DERReader {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

    /// Returns the next value; nil at the end, or if the bytes are not DER.
    mutating func next() -> (tag: UInt8, content: ArraySlice<UInt8>)? {
        guard let tag = rest.popFirst(), let first = rest.popFirst() else { return nil }
        var count = Int(first)
        if first >= 0x80 {
            guard 0x81...0x84 ~= first, rest.count >= Int(first & 0x7F) else { return nil }
            count = rest.prefix(Int(first & 0x7F)).reduce(0) { $0 << 8 | Int($1) }
            rest = rest.dropFirst(Int(first & 0x7F))
        }
        guard count <= rest.count else { return nil }
        defer { rest = rest.dropFirst(count) }
        return (tag, rest.prefix(count))
    }
}
