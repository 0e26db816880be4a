/// The formats whose signed bytes begin in a way of their own. A key that signs any message must refuse such messages.
/// Otherwise its signature could pass for one in that format.
///
/// This is the whole table of what SIGN refuses. Some formats are not in it, because their signed bytes look like any
/// others: a digest (OpenPGP, minisign) and a file as it is (signify, minisign's older form).
package enum ReservedFormat: String, Sendable, CaseIterable {
    /// The messages of SSH; see ``SSHMessage``.
    case ssh
    /// JSON Web Signatures (RFC 7515), and so JSON Web Tokens, which are the form of this site's tokens; see
    /// ``JWSMessage``.
    case jws
    /// Certificates, their requests and revocations, and attributes that are signed in CMS; see ``DERMessage``.
    case x509
    /// COSE (RFC 9052 section 4.4): an array whose first item is `"Signature1"`, `"Signature"` or `"CounterSignature"`.
    case cose
    /// The proof of a TLS 1.3 server or client (RFC 8446 section 4.4.3): 64 spaces and `TLS 1.3, `.
    case tls
    /// The pre-authentication encoding of DSSE, which in-toto and Sigstore sign: `DSSEv1 `.
    case dsse
    /// A transparency log's checkpoint or a witness's line about it (c2sp.org/tlog-checkpoint, tlog-cosignature); see
    /// ``TransparencyLogMessage``.
    case log
    /// The texts that this program signs or authenticates itself, such as a checkpoint of the audit log, the
    /// input of a tag, and a challenge: `clavero/` and a digit, or `clvc1.`.
    case own

    /// Returns the format that the message could be taken for; nil if there is none.
    package static func of(_ message: RawSpan) -> ReservedFormat? {
        message.withUnsafeBytes { message in allCases.first { $0.isBegun(by: message) } }
    }

    private func isBegun(by message: UnsafeRawBufferPointer) -> Bool {
        switch self {
        case .ssh: SSHMessage.isBegun(by: message)
        case .jws: JWSMessage.isBegun(by: message)
        case .x509: DERMessage.isSigned(message)
        case .cose: Self.coseStarts.contains { message.starts(with: $0) }
        case .tls: message.starts(with: Self.tlsStart)
        case .dsse: message.starts(with: "DSSEv1 ".utf8)
        case .log: TransparencyLogMessage.isBegun(by: message)
        case .own: Self.isOwn(message)
        }
    }

    /// The heads of CBOR arrays of 4 to 7 items, and the text strings.
    private static let coseStarts: [[UInt8]] =
        [
            [0x84, 0x6A] + Array("Signature1".utf8), [0x85, 0x69] + Array("Signature".utf8),
        ] + (0x84...0x87).map { [$0, 0x70] + Array("CounterSignature".utf8) }

    private static let tlsStart = Array((String(repeating: " ", count: 64) + "TLS 1.3, ").utf8)

    private static func isOwn(_ message: UnsafeRawBufferPointer) -> Bool {
        let label = "clavero/".utf8
        if message.starts(with: label), message.count > label.count {
            return (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(message[label.count])
        }
        return message.starts(with: "clvc1.".utf8)
    }
}
