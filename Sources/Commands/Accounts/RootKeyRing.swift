import Seal
import Secrets
import Store
import Synchronization

/// The root keys from the root key file. The file is read again when the database names an unknown key, because a
/// rotation writes the file first.
package final class RootKeyRing: Sendable {
    private let load: @Sendable () throws -> RootKeys
    private let keys: Mutex<RootKeys>

    /// Reads the file for the first time.
    ///
    /// - Parameter load: Reads the file. It is called now, and whenever an unknown key is named.
    package init(load: @escaping @Sendable () throws -> RootKeys) throws {
        self.load = load
        keys = Mutex(try load())
    }

    /// The root key that wraps new keys.
    package var current: RootKey { keys.withLock { $0.current } }

    /// Reads the file again, and returns the root key that the database names; nil if the file does not have it.
    func key(named id: String) throws -> RootKey? {
        try reload()
        return keys.withLock { $0.key(named: id) }
    }

    package func reload() throws {
        let new = try load()
        keys.withLock { $0 = new }
    }

    /// Returns the unwrapped key of a row of the store.
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
