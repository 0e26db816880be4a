import Armor
import COpenSSL
import Secrets

/// Passwords hashed with scrypt (RFC 7914), as PHC strings: `$scrypt$ln=15,r=8,p=3$salt$hash`, with a salt of 16 bytes
/// and a hash of 32, in base64 without padding.
///
/// At the default cost, a hash takes 0.1 to 0.3 s of processor time, so it must not run on an event loop.
package enum PasswordHash {
    static let saltCount = 16
    static let hashCount = 32

    /// Hashes a password.
    ///
    /// - Throws: ``SealError/engine(_:)`` if there is not enough memory.
    package static func hash(_ password: SecretBytes, cost: PasswordCost) throws(SealError) -> String {
        let salt = Random.bytes(saltCount)
        return text(salt, try scrypt(password, salt: salt, cost: cost, count: hashCount), cost)
    }

    /// Returns a string that no password has as its hash. It takes as long to verify as any other.
    package static func decoy(cost: PasswordCost) -> String {
        text(Random.bytes(saltCount), .random(count: hashCount), cost)
    }

    private static func text(_ salt: [UInt8], _ hash: SecretBytes, _ cost: PasswordCost) -> String {
        let hash = hash.withBytes { String(decoding: Base64.encode($0, padded: false), as: UTF8.self) }
        let parameters = "ln=\(cost.log2N),r=\(cost.r),p=\(cost.p)"
        return "$scrypt$\(parameters)$\(Base64.encode(salt, padded: false))$\(hash)"
    }

    /// Returns whether `phc` was made from `password`, at the cost that it names.
    ///
    /// - Throws: ``SealError/malformed`` if `phc` is not such a string, ``SealError/excessiveCost`` if its cost is
    ///   outside the bounds of ``PasswordCost``, ``SealError/engine(_:)`` if there is not enough memory.
    package static func verify(_ password: SecretBytes, against phc: String) throws(SealError) -> Bool {
        let fields = try Fields(phc)
        return try scrypt(password, salt: fields.salt, cost: fields.cost, count: hashCount) == fields.hash
    }

    /// Returns the cost at which `phc` was made, so that the caller can decide to hash again; nil if `phc` cannot be
    /// verified.
    package static func cost(of phc: String) -> PasswordCost? {
        try? Fields(phc).cost
    }

    /// Computes scrypt (RFC 7914 section 6).
    static func scrypt(
        _ password: SecretBytes, salt: [UInt8], cost: PasswordCost, count: Int
    ) throws(SealError) -> SecretBytes {
        // OpenSSL counts two more blocks, and refuses to exceed the given memory.
        let memory = cost.memory + 2 * 128 * cost.r
        return try SecretBytes(count: count) { (output) throws(SealError) in
            let done = password.withUnsafeBytes { password in
                EVP_PBE_scrypt(
                    password.baseAddress?.assumingMemoryBound(to: CChar.self), password.count, salt, salt.count,
                    1 << UInt64(cost.log2N), UInt64(cost.r), UInt64(cost.p), UInt64(memory), output.bytePointer, count)
            }
            try SealError.check(done, "EVP_PBE_scrypt")
        }
    }

    private struct Fields {
        let cost: PasswordCost
        let salt: [UInt8]
        let hash: SecretBytes

        init(_ phc: String) throws(SealError) {
            let parts = phc.split(separator: "$", omittingEmptySubsequences: false)
            guard parts.count == 5, parts[0].isEmpty, parts[1] == "scrypt",
                let salt = Base64.decode(parts[3], padded: false), salt.count == saltCount,
                let hash = Base64.decode(parts[4], padded: false), hash.count == hashCount
            else { throw .malformed }
            guard let cost = PasswordCost(phc: parts[2]) else { throw .excessiveCost }
            self.cost = cost
            self.salt = salt
            self.hash = SecretBytes(hash)
        }
    }
}
