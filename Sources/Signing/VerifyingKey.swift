import Armor
import COpenSSL

/// An Ed25519 private key (RFC 8032), which signs messages as they are, without hashing them first.
package struct SigningKey: Sendable {
    /// The 32 bytes that the key is made from, to be stored wrapped.
    package let seed: SecretBytes
    /// The 32 bytes of the public key.
    package let rawPublicKey: [UInt8]
    private let handle: KeyHandle

    /// A new key.
    package init() {
        do {
            try self.init(seed: .random(count: 32))
        } catch {
            fatalError("OpenSSL cannot make an Ed25519 key: \(error)")
        }
    }

    /// - Throws: ``SealError/malformed`` if `seed` is not 32 bytes.
    package init(seed: SecretBytes) throws(SealError) {
        guard seed.count == 32 else { throw .malformed }
        let pointer = seed.withUnsafeBytes { EVP_PKEY_new_raw_private_key_ex(nil, "ED25519", nil, $0.octets, $0.count) }
        guard let pointer else { throw .engine("EVP_PKEY_new_raw_private_key_ex") }
        self.seed = seed
        handle = KeyHandle(pointer)
        rawPublicKey = try [UInt8](count: 32) { (output) throws(SealError) in
            var count = output.count
            let got = EVP_PKEY_get_raw_public_key(pointer, output.octets, &count)
            try SealError.check(got, "EVP_PKEY_get_raw_public_key")
        }
    }

    /// Made anew each time: few who sign verify what they signed.
    package var publicKey: VerifyingKey {
        do {
            return try VerifyingKey(raw: rawPublicKey)
        } catch {
            fatalError("OpenSSL does not take the public key that it gave: \(error)")
        }
    }

    /// The 64 bytes of the signature of `message`.
    package func sign(_ message: RawSpan) throws(SealError) -> [UInt8] {
        guard let context = EVP_MD_CTX_new() else { throw .engine("EVP_MD_CTX_new") }
        defer { EVP_MD_CTX_free(context) }
        let started = EVP_DigestSignInit_ex(context, nil, nil, nil, nil, handle.pointer, nil)
        try SealError.check(started, "EVP_DigestSignInit_ex")
        return try [UInt8](count: VerifyingKey.signatureCount) { (output) throws(SealError) in
            var count = output.count
            let signed = message.withUnsafeBytes {
                EVP_DigestSign(context, output.octets, &count, $0.octets, $0.count)
            }
            try SealError.check(signed, "EVP_DigestSign")
        }
    }
}

/// An Ed25519 public key (RFC 8032).
package struct VerifyingKey: Sendable {
    package static let signatureCount = 64

    /// The 32 bytes of the key.
    package let raw: [UInt8]
    private let handle: KeyHandle

    /// - Throws: ``SealError/malformed`` if `raw` is not 32 bytes.
    package init(raw: [UInt8]) throws(SealError) {
        guard raw.count == 32 else { throw .malformed }
        guard let pointer = EVP_PKEY_new_raw_public_key_ex(nil, "ED25519", nil, raw, raw.count) else {
            clearQueue()
            throw .malformed
        }
        self.raw = raw
        handle = KeyHandle(pointer)
    }

    /// The key as a SubjectPublicKeyInfo (RFC 8410 section 4) in PEM (RFC 7468), ending in a newline.
    package var pem: String {
        "\(Self.pemStart)\(Base64.encode(Self.infoPrefix + raw, padded: true))\(Self.pemEnd)"
    }

    /// The key in the form of ``pem``, and no other; a line end less at its end is no matter.
    package init?(pem: String) {
        let text = pem.hasSuffix("\n") ? pem : pem + "\n"
        guard text.hasPrefix(Self.pemStart), text.hasSuffix(Self.pemEnd) else { return nil }
        let body = text.dropFirst(Self.pemStart.count).dropLast(Self.pemEnd.count)
        guard let info = Base64.decode(body, padded: true), info.starts(with: Self.infoPrefix) else { return nil }
        try? self.init(raw: Array(info.dropFirst(Self.infoPrefix.count)))
    }

    /// One or more keys, each in the form of ``pem``, with nothing before, between or after them; a line end less at
    /// the end is no matter.
    package static func all(pem: String) -> [VerifyingKey]? {
        let text = Array((pem.hasSuffix("\n") ? pem : pem + "\n").utf8)
        guard text.count.isMultiple(of: pemCount) else { return nil }
        let blocks = stride(from: 0, to: text.count, by: pemCount).map { text[$0..<($0 + pemCount)] }
        let keys = blocks.compactMap { VerifyingKey(pem: String(decoding: $0, as: UTF8.self)) }
        return keys.count == blocks.count ? keys : nil
    }

    /// Everything of an Ed25519 SubjectPublicKeyInfo that comes before the key.
    private static let infoPrefix: [UInt8] = [0x30, 0x2A, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x03, 0x21, 0x00]
    private static let pemStart = "-----BEGIN PUBLIC KEY-----\n"
    private static let pemEnd = "\n-----END PUBLIC KEY-----\n"
    /// Of the text form: 44 bytes are 60 digits.
    private static let pemCount = pemStart.utf8.count + 60 + pemEnd.utf8.count

    /// The name of the key in tokens: base64url of the first 8 bytes of its SHA-256.
    package var id: String { Base64URL.encode(Array(SHA256.digest(raw.span.bytes).prefix(8))) }

    /// Whether `signature` is this key's for `message`; a signature of another length is not.
    package func isValid(_ signature: RawSpan, for message: RawSpan) -> Bool {
        guard signature.byteCount == Self.signatureCount, let context = EVP_MD_CTX_new() else { return false }
        defer {
            EVP_MD_CTX_free(context)
            clearQueue()
        }
        guard EVP_DigestVerifyInit_ex(context, nil, nil, nil, nil, handle.pointer, nil) == 1 else { return false }
        return signature.withUnsafeBytes { signature in
            message.withUnsafeBytes { message in
                EVP_DigestVerify(context, signature.octets, signature.count, message.octets, message.count) == 1
            }
        }
    }
}

extension VerifyingKey: Equatable {
    package static func == (left: VerifyingKey, right: VerifyingKey) -> Bool { left.raw == right.raw }
}
