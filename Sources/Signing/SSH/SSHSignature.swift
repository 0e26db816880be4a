import Armor
import Seal

/// A signature as `ssh-keygen -Y sign` makes it with an Ed25519 key (OpenSSH's PROTOCOL.sshsig, version 1):
///
///     signature = "SSHSIG" version(u32, 1) string(publickey) string(namespace, 1*) string(reserved, 0)
///                 string(hash) string(value)
///     publickey = string("ssh-ed25519") string(key, 32)
///     hash      = "sha256" / "sha512"
///     value     = string("ssh-ed25519") string(Ed25519 signature, 64)
///
/// The signature covers `"SSHSIG" string(namespace) string(reserved) string(hash) string(H(message))`.
package struct SSHSignature: Sendable {
    /// The most bytes of a signature, in either form.
    package static let countBound = 4096

    private enum Hash: String {
        case sha256, sha512

        func digest(_ message: RawSpan) -> [UInt8] {
            switch self {
            case .sha256: SHA256.digest(message)
            case .sha512: SHA512.digest(message)
            }
        }
    }

    /// The 32 bytes of the public key that the signature names. The caller decides whether it is the right one.
    package let publicKey: [UInt8]
    private let namespace: [UInt8]
    private let hash: Hash
    private let value: [UInt8]

    /// Reads the binary form; nil if `bytes` are not exactly that.
    package init?(_ bytes: [UInt8]) {
        guard bytes.count <= Self.countBound else { return nil }
        do throws(SealError) {
            try self.init(parsing: bytes)
        } catch {
            return nil
        }
    }

    /// Reads the text form that ``SSHArmor`` describes; nil if `text` is not exactly that.
    package init?(armored text: String) {
        guard text.utf8.count <= Self.countBound, let bytes = SSHArmor.decode(text) else { return nil }
        self.init(bytes)
    }

    private init(parsing bytes: [UInt8]) throws(SealError) {
        var reader = ByteReader(rest: bytes[...])
        guard try reader.take(Self.magic.count).elementsEqual(Self.magic), try reader.integer(as: UInt32.self) == 1
        else { throw .malformed }
        var key = ByteReader(rest: try reader.sshString())
        publicKey = try key.sshEd25519(count: 32)
        namespace = Array(try reader.sshString())
        try reader.sshString(expecting: "")
        let name = String(decoding: try reader.sshString(), as: UTF8.self)
        var signature = ByteReader(rest: try reader.sshString())
        value = try signature.sshEd25519(count: VerifyingKey.signatureCount)
        guard !namespace.isEmpty, let hash = Hash(rawValue: name), reader.rest.isEmpty else { throw .malformed }
        self.hash = hash
    }

    /// Returns whether the holder of ``publicKey`` made the signature for `message`, and for the purpose that
    /// `namespace` names.
    package func isValid(for message: RawSpan, namespace: String) -> Bool {
        guard self.namespace.elementsEqual(namespace.utf8), let key = try? VerifyingKey(raw: publicKey) else {
            return false
        }
        var signed = Self.magic
        signed.append(sshString: self.namespace)
        signed.append(sshString: [])
        signed.append(sshString: Array(hash.rawValue.utf8))
        signed.append(sshString: hash.digest(message))
        return key.isValid(value.span.bytes, for: signed.span.bytes)
    }

    private static let magic = Array("SSHSIG".utf8)
}
