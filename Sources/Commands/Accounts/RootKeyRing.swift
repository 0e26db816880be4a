import Seal
import Secrets
import Store
import Synchronization

/// The root keys, as the file has them: read again when the database names one that is not known yet, since a rotation
/// writes the file first.
package final class RootKeyRing: Sendable {
    private let load: @Sendable () throws -> RootKeys
    private let keys: Mutex<RootKeys>

    /// `load` reads the file, now and whenever an unknown key is met.
    package init(load: @escaping @Sendable () throws -> RootKeys) throws {
        self.load = load
        keys = Mutex(try load())
    }

    /// The key under which new ones are wrapped.
    package var current: RootKey { keys.withLock { $0.current } }

    /// The key that the database names, from the file as it is now; nil when the file does not have it.
    func key(named id: String) throws -> RootKey? {
        try reload()
        return keys.withLock { $0.key(named: id) }
    }

    package func reload() throws {
        let new = try load()
        keys.withLock { $0 = new }
    }

    /// The key that the store's row holds.
    func unwrap(_ row: AccountKey) throws -> SecretBytes {
        do {
            return try unwrapNow(row)
        } catch SealError.unknownRootKey {
            try reload()
            return try unwrapNow(row)
        }
    }

    private func unwrapNow(_ row: AccountKey) throws(SealError) -> SecretBytes {
        let keys = keys.withLock { $0 }
        return try keys.unwrap(
            row.wrapped, rootID: row.rootID, account: row.account, purpose: row.purpose.rawValue,
            version: row.version)
    }
}
