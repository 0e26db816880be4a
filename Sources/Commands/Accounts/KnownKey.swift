import Seal
import Secrets
import Signing
import Store
import Synchronization

/// A key as the store has it, together with its unwrapped form after the first use.
final class KnownKey: Sendable {
    let row: AccountKey
    /// The uses that are not written yet. It outlives this object, which is wiped when it leaves the memory.
    let counter: KeyUses.Counter
    private let envelope = Mutex<EnvelopeKey?>(nil)
    private let signing = Mutex<SigningKey?>(nil)
    private let mac = Mutex<MACKey?>(nil)
    /// The time at which a request last tried to replace the key by a newer version, in Unix seconds.
    private let tried = Atomic(Int.min)

    init(_ row: AccountKey) {
        self.row = row
        counter = KeyUses.Counter(row)
    }

    /// Whether a request may try to replace the key by a newer version. After a try there is none for a minute.
    func mayRotate(at now: Int) -> Bool { Self.isOver(tried.load(ordering: .relaxed), now) }

    /// Claims the next try for the caller. Returns false if another request has claimed it.
    func claimRotation(at now: Int) -> Bool {
        let last = tried.load(ordering: .relaxed)
        return Self.isOver(last, now)
            && tried.compareExchange(expected: last, desired: now, ordering: .relaxed).exchanged
    }

    /// Whether the last try is long enough ago, or was made before the clock was set back.
    private static func isOver(_ last: Int, _ now: Int) -> Bool { last > now || now - max(last, 0) >= 60 }

    /// Returns the encryption key. `unwrap` is called once, and its result is kept.
    func envelope(_ unwrap: (AccountKey) throws -> SecretBytes) throws -> EnvelopeKey {
        try envelope.withLock { try $0.orSet(EnvelopeKey(try unwrap(row))) }
    }

    /// Returns the signing key. `unwrap` is called once for its seed, and the key is kept.
    func signing(_ unwrap: (AccountKey) throws -> SecretBytes) throws -> SigningKey {
        try signing.withLock { try $0.orSet(SigningKey(seed: try unwrap(row))) }
    }

    /// Returns the key for tags. `unwrap` is called once, and its result is kept.
    func mac(_ unwrap: (AccountKey) throws -> SecretBytes) throws -> MACKey {
        try mac.withLock { try $0.orSet(MACKey(try unwrap(row))) }
    }
}

extension Optional {
    /// Returns the value, and makes and keeps it first if it is nil.
    fileprivate mutating func orSet(_ make: @autoclosure () throws -> Wrapped) rethrows -> Wrapped {
        if let self { return self }
        let new = try make()
        self = new
        return new
    }
}
