import Daemon
import Input
import Seal
import Store

/// A new root key for a database that servers have open.
///
/// Each step can be the last before a crash, and the next run goes on from there:
///
/// 1. A new key is put in front of the others in root.key. Nothing is wrapped under it yet.
/// 2. The database names it as the one in use. From then on no server can add a key that is wrapped under another; one
///    that tries, or meets a key that it does not know, reads the file again.
/// 3. All keys that are wrapped under others are wrapped under it.
struct RootKeyRotation {
    enum Beginning {
        case new
        /// A rotation that an earlier run had begun.
        case resumed
    }

    struct Outcome {
        /// How many keys were wrapped anew.
        var count = 0
        /// Keys that cannot be unwrapped, and were left as they are, as their descriptions.
        var damaged: Set<String> = []
    }

    private(set) var file: RootKeyFile
    private let store: Store
    private let path: String

    init(_ directory: DataDirectory, file: RootKeyFile, store: Store) {
        (self.file, self.store, path) = (file, store, directory.databaseName)
    }

    /// The id of the current key.
    var id: String { file.keys.current.id }

    /// Steps 1 and 2.
    mutating func begin() async throws -> Beginning {
        let isNew = try await isFinished()
        if isNew { try file.addKey() }
        try await adopt()
        return isNew ? .new : .resumed
    }

    /// Step 2: the database names the current key, if it named one of the file's.
    ///
    /// - Throws: `StartError` if it names another, and when it is changed meanwhile.
    func adopt() async throws {
        let named = try await named()
        guard named != id else { return }
        guard try await reaching({ () async throws(StoreError) in try await store.setRootKeyID(id, replacing: named) })
        else { throw StartError("\(path): the root key was changed by somebody else meanwhile") }
    }

    /// How many keys there are under others than the current one.
    func remaining() async throws -> Int { try await others().values.reduce(0, +) }

    /// Step 3, `batch` keys a transaction. `progress` is told how many have been dealt with since the last time.
    func rewrap(batch: Int, progress: (Int) -> Void) async throws -> Outcome {
        var outcome = Outcome()
        while true {
            let limit = batch + outcome.damaged.count
            let rows = try await reaching { () async throws(StoreError) in
                try await store.keys(notUnder: id, limit: limit)
            }.filter { !outcome.damaged.contains($0.description) }
            if rows.isEmpty { break }
            let wrapped = rows.map { row in (key: row, wrapped: wrappedAnew(row)) }
            outcome.damaged.formUnion(wrapped.filter { $0.wrapped == nil }.map(\.key.description))
            let good = wrapped.compactMap { key, wrapped in wrapped.map { (key: key, wrapped: $0) } }
            outcome.count += try await reaching { () async throws(StoreError) in
                try await store.rewrap(good, under: id)
            }
            progress(rows.count)
        }
        guard try await named() == id else { throw StartError("\(path): was restored meanwhile; start again") }
        return outcome
    }

    /// Removes the earlier keys from the file, under which nothing is. Returns how many went.
    ///
    /// - Throws: `StartError` if there is anything under another than the current one.
    mutating func retire() async throws -> Int {
        guard try await isFinished() else {
            throw StartError("\(path): keys are still wrapped under an earlier root key; claverod rewrap comes first")
        }
        return try file.removeEarlierKeys()
    }

    /// Whether the current key is the database's, and all is wrapped under it.
    private func isFinished() async throws -> Bool {
        let (named, others) = (try await named(), try await others())
        return named == id && others.isEmpty
    }

    /// The id that the database names. One of a release that named none gets the current one's, if that may be.
    private func named() async throws -> String {
        let known = file.keys.ids
        let named = try await reaching { () async throws(StoreError) -> String? in
            if let named = try await store.rootKeyID() { return named }
            let used = try await store.keyCounts().keys
            guard used.isEmpty || used.contains(where: known.contains) else { return nil }
            _ = try await store.setRootKeyID(id, replacing: nil)
            return try await store.rootKeyID()
        }
        guard let named, known.contains(named) else { throw file.failure("not the root key of this database") }
        return named
    }

    private func others() async throws -> [String: Int] {
        try await reaching { () async throws(StoreError) in try await store.keyCounts() }.filter { $0.key != id }
    }

    private func wrappedAnew(_ row: AccountKey) -> [UInt8]? {
        let (account, purpose, version) = (row.account, row.purpose.rawValue, row.version)
        guard
            let key = try? file.keys.unwrap(
                row.wrapped, rootID: row.rootID, account: account, purpose: purpose, version: version)
        else { return nil }
        return try? file.keys.wrap(key, account: account, purpose: purpose, version: version)
    }

    private func reaching<Value: Sendable>(
        _ work: () async throws(StoreError) -> Value
    ) async throws(StartError) -> Value {
        do throws(StoreError) {
            return try await work()
        } catch {
            throw StartError("\(path): \(error)")
        }
    }
}
