import Secrets
import Testing

@testable import Seal
@testable import Signing

// The tests use arrays, because #expect cannot print spans.

extension XAES256GCM {
    static func seal(_ plaintext: [UInt8], key: SecretBytes, authenticating: [UInt8]) throws -> [UInt8] {
        let nonce = Random.bytes(nonceCount)
        return nonce + (try seal(plaintext, key: key, nonce: nonce, authenticating: authenticating))
    }

    /// Returns `ciphertext || tag` under the nonce of a vector.
    static func seal(
        _ plaintext: [UInt8], key: SecretBytes, nonce: [UInt8], authenticating: [UInt8]
    ) throws -> [UInt8] {
        let key = try XAESKey(key)
        let sealed = try [UInt8](count: plaintext.count + overhead) { output in
            try XAES256GCM(encrypting: true).seal(
                plaintext.span.bytes, under: key, nonce: nonce.span.bytes, authenticating.span.bytes, into: output)
        }
        #expect(sealed.prefix(nonceCount) == nonce[...])
        return Array(sealed.dropFirst(nonceCount))
    }

    static func open(_ sealed: [UInt8], key: SecretBytes, authenticating: [UInt8]) throws -> [UInt8] {
        let key = try XAESKey(key)
        return try [UInt8](count: max(0, sealed.count - overhead)) { output in
            try XAES256GCM(encrypting: false).open(
                sealed.span.bytes, under: key, authenticating.span.bytes, into: output)
        }
    }
}

extension Envelope {
    static func seal(
        _ message: [UInt8], from sender: String, to recipients: [Recipient], context: MessageContext? = nil
    ) throws -> [UInt8] {
        try seal(message.span.bytes, from: sender, to: recipients, context: context)
    }
}

extension SHA256 {
    static func digest(_ bytes: [UInt8]) -> [UInt8] {
        digest(bytes.span.bytes)
    }
}

extension SigningKey {
    func sign(_ message: [UInt8]) throws -> [UInt8] {
        try sign(message.span.bytes)
    }
}

extension VerifyingKey {
    func isValid(_ signature: [UInt8], for message: [UInt8]) -> Bool {
        isValid(signature.span.bytes, for: message.span.bytes)
    }
}

extension SHA512 {
    static func digest(_ bytes: [UInt8]) -> [UInt8] {
        digest(bytes.span.bytes)
    }
}

extension HMAC {
    static func sha256(_ message: [UInt8], key: SecretBytes) -> [UInt8] {
        sha256(message.span.bytes, key: key)
    }

    static func isTag(_ tag: [UInt8], of message: [UInt8], key: SecretBytes) -> Bool {
        isTag(tag, of: message.span.bytes, key: key)
    }
}

extension SSHSignature {
    func isValid(for message: [UInt8], namespace: String) -> Bool {
        isValid(for: message.span.bytes, namespace: namespace)
    }
}

extension SecretBytes {
    static func decoded(base64 text: String) -> SecretBytes? {
        SecretBytes(base64: Array(text.utf8).span.bytes)
    }
}
