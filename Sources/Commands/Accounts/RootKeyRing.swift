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

    /// Calls `body` with the root key under which it wraps keys and writes them. If the database names another root key,
    /// because a rotation is running or has run, it is called again with that key.
    ///
    /// - Throws: The errors of `body`, and `StoreError.rootChanged` if the file does not have the other key.
    func wrapping<Value>(for store: Store, _ body: (RootKey) async throws -> Value) async throws -> Value {
        do {
            return try await body(current)
        } catch StoreError.rootChanged {
            guard let id = try await store.rootKeyID(), let root = try key(named: id) else {
                throw StoreError.rootChanged
            }
            return try await body(root)
        }
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
