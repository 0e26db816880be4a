import Daemon
import Input
import Seal
import Secrets
import Signing

/// A change to a new key that signs tokens. Tokens of the previous key stay valid.
struct TokenKeyRotation {
    private let directory: DataDirectory
    private let published: [VerifyingKey]
    private let signing: SigningKey

    /// Reads the keys of tokens.
    ///
    /// - Throws: `StartError` if the keys cannot be read.
    init(_ directory: DataDirectory) throws {
        self.directory = directory
        let (published, signing) = try directory.tokenKeys(signs: true)
        guard let signing else { preconditionFailure("no key that signs was asked for") }
        (self.published, self.signing) = (published, signing)
    }

    /// The public key of the key that signs now.
    var current: VerifyingKey { signing.publicKey }

    /// Publishes a new key before the current one, and then replaces the key that signs. All other published keys are
    /// dropped. If the process ends between the two steps, the new public key is published but has signed nothing.
    ///
    /// - Returns: The new public key.
    /// - Throws: `StartError`, also if the key comes as a credential.
    func rotate() throws -> VerifyingKey {
        try directory.requireFile("token.key")
        let new = SigningKey()
        try publish([new.publicKey, current])
        do {
            try DurableFile.replace(directory.file("token.key"), DurableFile.lines([new.seed]), for: .owner)
        } catch {
            // The earlier public keys are restored. The write may succeed even though writing the other file failed.
            try? publish(published)
            throw error
        }
        return new.publicKey
    }

    /// Drops all published keys except the current one.
    ///
    /// - Returns: The keys that were dropped.
    func withdraw() throws -> [VerifyingKey] {
        let others = published.filter { $0 != current }
        if !others.isEmpty { try publish([current]) }
        return others
    }

    private func publish(_ keys: [VerifyingKey]) throws {
        let text = keys.map(\.pem).joined()
        try DurableFile.replace(directory.file("token.pub"), SecretBytes(text), for: .anybody)
    }
}
