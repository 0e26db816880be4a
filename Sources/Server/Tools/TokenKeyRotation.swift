import Daemon
import Input
import Seal
import Secrets
import Signing

/// A new key that signs tokens, while the tokens of the one before are still good.
struct TokenKeyRotation {
    private let directory: DataDirectory
    private let published: [VerifyingKey]
    private let signing: SigningKey

    /// - Throws: `StartError` for keys that cannot be read.
    init(_ directory: DataDirectory) throws {
        self.directory = directory
        let (published, signing) = try directory.tokenKeys(signs: true)
        guard let signing else { preconditionFailure("no key that signs was asked for") }
        (self.published, self.signing) = (published, signing)
    }

    /// The key that signs.
    var current: VerifyingKey { signing.publicKey }

    /// Publishes a new key in front of the current one, and only then lets it sign; what else was published is dropped.
    /// Ended between the two, it leaves a public key that nothing was signed with.
    ///
    /// - Throws: `StartError`, also where the key comes as a credential.
    func rotate() throws -> VerifyingKey {
        try directory.requireFile("token.key")
        let new = SigningKey()
        try publish([new.publicKey, current])
        do {
            try NewFile.replace(directory.file("token.key"), NewFile.lines([new.seed]), for: .owner)
        } catch {
            // The disk may be full for this one alone.
            try? publish(published)
            throw error
        }
        return new.publicKey
    }

    /// Drops all public keys but the current one's. Returns those that went.
    func withdraw() throws -> [VerifyingKey] {
        let others = published.filter { $0 != current }
        if !others.isEmpty { try publish([current]) }
        return others
    }

    private func publish(_ keys: [VerifyingKey]) throws {
        let text = keys.map(\.pem).joined()
        try NewFile.replace(directory.file("token.pub"), SecretBytes(text), for: .anybody)
    }
}
