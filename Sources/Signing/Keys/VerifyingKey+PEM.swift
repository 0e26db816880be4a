import Armor
import Seal

extension VerifyingKey {
    /// The key as a SubjectPublicKeyInfo (RFC 8410 section 4) in PEM (RFC 7468). It ends in a newline.
    package var pem: String {
        "\(Self.pemStart)\(Base64.encode(Self.infoPrefix + raw, padded: true))\(Self.pemEnd)"
    }

    /// Reads a key that is in exactly the form of ``pem``. The last newline may be missing.
    package init?(pem: String) {
        let text = pem.hasSuffix("\n") ? pem : pem + "\n"
        guard text.hasPrefix(Self.pemStart), text.hasSuffix(Self.pemEnd) else { return nil }
        let body = text.dropFirst(Self.pemStart.count).dropLast(Self.pemEnd.count)
        guard let info = Base64.decode(body, padded: true), info.starts(with: Self.infoPrefix) else { return nil }
        try? self.init(raw: Array(info.dropFirst(Self.infoPrefix.count)))
    }

    /// Reads one or more keys, each in the form of ``pem``; nil if there is anything else in the text. The last newline
    /// may be missing.
    package static func all(pem: String) -> [VerifyingKey]? {
        let text = Array((pem.hasSuffix("\n") ? pem : pem + "\n").utf8)
        guard text.count.isMultiple(of: pemCount) else { return nil }
        let blocks = stride(from: 0, to: text.count, by: pemCount).map { text[$0..<($0 + pemCount)] }
        let keys = blocks.compactMap { VerifyingKey(pem: String(decoding: $0, as: UTF8.self)) }
        return keys.count == blocks.count ? keys : nil
    }

    /// The bytes before the key in an Ed25519 SubjectPublicKeyInfo.
    private static let infoPrefix: [UInt8] = [0x30, 0x2A, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x03, 0x21, 0x00]
    private static let pemStart = "-----BEGIN PUBLIC KEY-----\n"
    private static let pemEnd = "\n-----END PUBLIC KEY-----\n"
    /// The length of the PEM form. Its 44 bytes have 60 digits.
    private static let pemCount = pemStart.utf8.count + 60 + pemEnd.utf8.count

    /// The key's name in tokens: base64url of the first 8 bytes of its SHA-256.
    package var id: String { Base64URL.encode(Array(SHA256.digest(raw.span.bytes).prefix(8))) }
}
