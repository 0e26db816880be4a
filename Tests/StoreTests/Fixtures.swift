import Foundation
import GRDB
import Store
import Testing

/// A directory of the test's own, removed when the body ends.
func withDirectory(_ body: (String) async throws -> Void) async throws {
    let directory = FileManager.default.temporaryDirectory.path + "/store-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(atPath: directory) }
    try await body(directory)
}

/// A new database and a store on it, which is closed when the body ends. The store waits for a lock as long as a test may
/// take, so that what comes of a write does not depend on the machine's speed.
func withStore(
    _ settings: SQLiteStore.Settings = .init(busyTimeout: .seconds(600)),
    _ body: (SQLiteStore, _ path: String) async throws -> Void
) async throws {
    try await withDirectory { directory in
        let path = directory + "/clavero.db"
        try SQLiteStore.create(at: path)
        let store = try SQLiteStore(path: path, settings: settings)
        try await body(store, path)
        try await store.close()
    }
}

/// What comes of it when four create the same database at once; nil for who did.
func outcomesOfFour(_ create: @escaping @Sendable () throws(OpenError) -> Void) async -> [OpenError?] {
    await withTaskGroup(of: OpenError?.self) { group in
        for _ in 0..<4 {
            group.addTask {
                do throws(OpenError) {
                    try create()
                    return nil
                } catch {
                    return error
                }
            }
        }
        return await group.reduce(into: []) { $0.append($1) }
    }
}

/// A connection as another program would have it: GRDB's, or sqlite3's, without anything of the store.
func stranger(to path: String) throws -> DatabaseQueue {
    var configuration = Configuration()
    configuration.allowsUnsafeTransactions = true
    configuration.busyMode = .timeout(5)
    return try DatabaseQueue(path: path, configuration: configuration)
}

/// Runs SQL on a connection that is closed before this returns.
func execute(_ sql: String, on path: String) async throws {
    let queue = try stranger(to: path)
    try await queue.writeWithoutTransaction { try $0.execute(sql: sql) }
    try queue.close()
}

/// Waits until the store has as many unanswered writes, or the test's time limit cancels it.
func untilWaiting(_ count: Int, in store: SQLiteStore) async {
    while store.waitingWrites != count, !Task.isCancelled { await Task.yield() }
}

/// Adds all of them while another connection holds the lock, so that they share at most two commits.
func addTogether(_ accounts: [NewAccount], to store: SQLiteStore, at path: String) async throws -> [StoreError?] {
    let other = try stranger(to: path)
    try await other.writeWithoutTransaction { try $0.execute(sql: "BEGIN EXCLUSIVE") }
    let additions = accounts.map { account in Task { await failure(of: account, addedTo: store) } }
    await untilWaiting(accounts.count, in: store)
    try await other.writeWithoutTransaction { try $0.execute(sql: "ROLLBACK") }
    try other.close()
    var failures: [StoreError?] = []
    for addition in additions { failures.append(await addition.value) }
    return failures
}

/// Nil when the account was added.
func failure(of account: NewAccount, addedTo store: any Store) async -> StoreError? {
    do {
        try await store.add(account)
        return nil
    } catch {
        return error
    }
}

func key(
    of name: String, _ purpose: KeyPurpose = .encryption, version: UInt32 = 1, bytes: [UInt8] = [0, 1, 254, 255]
) -> AccountKey {
    AccountKey(
        account: name, purpose: purpose, version: version, rootID: "root-1", wrapped: bytes,
        publicKey: purpose == .signing ? [UInt8](repeating: 7, count: 32) : nil, created: 1_700_000_001)
}

func newAccount(_ name: String, keys: [AccountKey]? = nil) -> NewAccount {
    NewAccount(
        name: name, password: "$scrypt$of-\(name)", keys: keys ?? [key(of: name), key(of: name, .signing)],
        created: 1_700_000_000)
}

/// Everything that is in the files of a database, one after another.
func octets(of path: String) -> Data {
    ["", "-wal", "-shm", "-journal"].reduce(into: Data()) { octets, suffix in
        guard let file = FileManager.default.contents(atPath: path + suffix) else { return }
        octets += file
    }
}

/// How many rows another program sees.
func count(_ table: String, in path: String) async throws -> Int {
    let other = try stranger(to: path)
    return try await other.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM \(table)") ?? 0 }
}

/// Restores a copy that is accepted whatever is in it, and returns the path of the replaced database, if there was one.
@discardableResult
func restore(_ path: String, from copy: String) throws -> String? {
    try SQLiteStore.restore(path, from: copy) { _, replaced in replaced ?? "root-1" }
}

/// Returns the path of a new directory, which is in the same directory as the file.
func makeDirectory(_ name: String, beside path: String) throws -> String {
    let directory = (path as NSString).deletingLastPathComponent + "/" + name
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: false)
    return directory
}

/// Returns the names in the directory of the file, in order.
func names(beside path: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: (path as NSString).deletingLastPathComponent).sorted()
}
