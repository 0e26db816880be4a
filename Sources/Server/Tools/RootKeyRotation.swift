import Daemon
import Input
import Seal
import Store

/// A change to a new root key, for a database that running servers use.
///
/// A crash may follow any step. The next run continues after it:
///
/// 1. A new key is added before the others in root.key. It wraps nothing yet.
/// 2. The database names the new key as the current one. From then on, no server can add a key that is wrapped under
///    another root key. A server that tries to, or that meets an unknown root key, reads the file again.
/// 3. All keys that are wrapped under other root keys are wrapped under the new one.
struct RootKeyRotation {
    enum Start {
        case new
        /// An earlier run began this rotation.
        case resumed
    }

    struct Outcome {
        /// The number of keys that were wrapped again.
        var count = 0
        /// The descriptions of keys that could not be unwrapped. They were not changed.
        var damaged: Set<String> = []
    }

    private(set) var file: RootKeyFile
    private let store: Store
    private let directory: DataDirectory

    init(_ directory: DataDirectory, file: RootKeyFile, store: Store) {
        (self.directory, self.file, self.store) = (directory, file, store)
    }

    private var path: String { directory.databaseName }

    /// The id of the current root key.
    var id: String { file.keys.current.id }

    /// Performs steps 1 and 2.
    mutating func begin() async throws -> Start {
        let isNew = try await isFinished()
        if isNew { try file.addKey() }
        try await adopt()
        return isNew ? .new : .resumed
    }

    /// Performs step 2. The database names the current key, if it named a key of the file before.
    ///
    /// - Throws: `StartError` if it named another key, or if it was changed at the same time.
    func adopt() async throws {
        let named = try await named()
        guard named != id else { return }
        guard
            try await directory.reaching({ () async throws(StoreError) in
                try await store.setRootKeyID(id, replacing: named)
            })
        else {
            throw StartError("\(path): another process has changed the root key; run the command again", .temporary)
        }
    }

    /// Returns the number of keys that are wrapped under other root keys than the current one.
    func remaining() async throws -> Int { try await others().values.reduce(0, +) }

    /// Performs step 3.
    ///
    /// - Parameters:
    ///   - batch: The number of keys in each transaction.
    ///   - progress: Receives the number of keys that were processed since the last call.
    func rewrap(batch: Int, progress: (Int) -> Void) async throws -> Outcome {
        var outcome = Outcome()
        while true {
            let limit = batch + outcome.damaged.count
            let rows = try await directory.reaching { () async throws(StoreError) in
                try await store.keys(notUnder: id, limit: limit)
            }.filter { !outcome.damaged.contains($0.description) }
            if rows.isEmpty { break }
            let wrapped = rows.map { row in (key: row, wrapped: wrappedAnew(row)) }
            outcome.damaged.formUnion(wrapped.filter { $0.wrapped == nil }.map(\.key.description))
            let good = wrapped.compactMap { key, wrapped in wrapped.map { (key: key, wrapped: $0) } }
            outcome.count += try await directory.reaching { () async throws(StoreError) in
                try await store.rewrap(good, under: id)
            }
            progress(rows.count)
        }
        guard try await named() == id else {
            throw StartError("\(path): was restored in the meantime; run the command again", .temporary)
        }
        return outcome
    }

    /// Removes the earlier root keys from the file.
    ///
    /// - Returns: The number of root keys that were removed.
    /// - Throws: `StartError` if a key is still wrapped under another root key than the current one.
    mutating func retire() async throws -> Int {
        guard try await isFinished() else {
            throw StartError("\(path): keys are still wrapped under an earlier root key; run claverod rewrap first")
        }
        return try file.removeEarlierKeys()
    }

    /// Whether the database names the current key, and all keys are wrapped under it.
    private func isFinished() async throws -> Bool {
        let (named, others) = (try await named(), try await others())
        return named == id && others.isEmpty
    }

    /// Returns the id of the root key that the database names. A database of an earlier release names none. It gets
    /// the id of the current key, if it has no keys yet or at least one that is wrapped under a root key of the file.
    ///
    /// - Throws: `StartError` if the file does not have that root key.
    private func named() async throws -> String {
        let known = file.keys.ids
        let named = try await directory.reaching { () async throws(StoreError) -> String? in
            if let named = try await store.rootKeyID() { return named }
            let used = try await store.keyCounts().keys
            guard used.isEmpty || used.contains(where: known.contains) else { return nil }
            _ = try await store.setRootKeyID(id, replacing: nil)
            return try await store.rootKeyID()
        }
        guard let named, known.contains(named) else { throw directory.foreignRootKey }
        return named
    }

    private func others() async throws -> [String: Int] {
        try await directory.reaching { () async throws(StoreError) in try await store.keyCounts() }.filter {
            $0.key != id
        }
    }

    private func wrappedAnew(_ row: AccountKey) -> [UInt8]? {
        let (account, purpose, version) = (row.account, row.purpose.rawValue, row.version)
        guard
            let key = try? file.keys.unwrap(
                row.wrapped, rootID: row.rootID, account: account, purpose: purpose, version: version)
        else { return nil }
        return try? file.keys.wrap(key, account: account, purpose: purpose, version: version)
    }
}
