import Commands
import Seal
import Signing
import Synchronization
import TestKit

/// The key files of a site. The test changes them, and the servers read them.
final class KeyFiles: Sendable {
    struct Contents: Sendable {
        /// The public keys of tokens, the newest first.
        var published: [VerifyingKey]
        var signing: SigningKey?
        /// The root keys, the current one first.
        var roots: [RootKey]
        /// Whether the files can be read.
        var areReadable = true
    }

    private let contents: Mutex<Contents>
    private let reads = Mutex((token: 0, root: 0))

    init(token: SigningKey, root: RootKey) {
        contents = Mutex(Contents(published: [token.publicKey], signing: token, roots: [root]))
    }

    func change(_ body: (inout Contents) -> Void) { contents.withLock { body(&$0) } }

    /// The number of attempts to read the token keys.
    var tokenReads: Int { reads.withLock { $0.token } }
    /// The number of attempts to read the root keys.
    var rootReads: Int { reads.withLock { $0.root } }

    func tokenKeys() throws -> TokenKeys.Contents {
        reads.withLock { $0.token += 1 }
        let now = contents.withLock { $0 }
        guard now.areReadable else { throw Mismatch("the key file cannot be read") }
        return TokenKeys.Contents(published: now.published, signing: now.signing)
    }

    func rootKeys() throws -> RootKeys {
        reads.withLock { $0.root += 1 }
        let now = contents.withLock { $0 }
        guard now.areReadable else { throw Mismatch("the key file cannot be read") }
        return RootKeys(now.roots)
    }
}
