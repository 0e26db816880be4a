import Foundation
import GRDB
import Testing

@testable import Store

/// Runs the body with a directory of the test's own, which is removed when the body ends.
func withDirectory(_ body: (String) async throws -> Void) async throws {
    let directory = FileManager.default.temporaryDirectory.path + "/store-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(atPath: directory) }
    try await body(directory)
}

/// Runs the body with a new SQLite file and a store on it, which is closed when the body ends. The store waits for a
/// lock for as long as a test may take, so that the outcome of a write does not depend on the machine's speed.
func withStore(
    _ settings: SQLiteDriver.Settings = .init(busyTimeout: .seconds(600)),
    _ body: (Store, _ path: String) async throws -> Void
) async throws {
    try await withDirectory { directory in
        let path = directory + "/clavero.db"
        try SQLiteFile.create(at: path)
        let store = try Store(file: path, settings: settings)
        try await body(store, path)
        try await store.close()
    }
}

/// Returns the outcomes when four create the same database at once; nil for the one that succeeded.
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

/// Returns a connection of another program, without the settings of the store.
func stranger(to path: String) throws -> DatabaseQueue {
    var configuration = Configuration()
    configuration.allowsUnsafeTransactions = true
    configuration.busyMode = .timeout(5)
    return try DatabaseQueue(path: path, configuration: configuration)
}

extension Store {
    /// The driver of a store on a SQLite file.
    var sqlite: SQLiteDriver { driver as! SQLiteDriver }

    /// Returns a setting of the connection that writes to a SQLite file.
    func setting(_ name: String) async throws -> Int? {
        try await sqlite.write { try Int.fetchOne($0, sql: "PRAGMA \(name)") }
    }
}

/// Runs SQL on a connection that is closed before this returns.
func execute(_ sql: String, on path: String) async throws {
    let queue = try stranger(to: path)
    try await queue.writeWithoutTransaction { try $0.execute(sql: sql) }
    try queue.close()
}

/// Waits until the store has `count` unanswered writes, or the test's time limit cancels the test.
func untilWaiting(_ count: Int, in store: Store) async {
    while store.waitingWrites != count, !Task.isCancelled { await Task.yield() }
}

/// Adds all accounts while another connection holds the lock. The accounts therefore share at most two commits.
func addTogether(_ accounts: [NewAccount], to store: Store, at path: String) async throws -> [StoreError?] {
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

/// Returns the error of adding an account; nil if the account was added.
func failure(of account: NewAccount, addedTo store: Store) async -> StoreError? {
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

/// Returns the contents of all files of a database, one after another.
func bytes(ofFiles path: String) -> Data {
    ["", "-wal", "-shm", "-journal"].reduce(into: Data()) { bytes, suffix in
        guard let file = FileManager.default.contents(atPath: path + suffix) else { return }
        bytes += file
    }
}

/// Returns the number of rows of a table, as another program sees them.
func count(_ table: String, in path: String) async throws -> Int {
    let other = try stranger(to: path)
    return try await other.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM \(table)") ?? 0 }
}

/// Restores a copy without any checks, and returns the path of the replaced database, if there was one.
@discardableResult
func restore(_ path: String, from copy: String) throws -> String? {
    try SQLiteRestore.restore(path, from: copy) { _, replaced in replaced ?? "root-1" }
}

/// Returns the path of a new directory beside the file.
func makeDirectory(_ name: String, beside path: String) throws -> String {
    let directory = (path as NSString).deletingLastPathComponent + "/" + name
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: false)
    return directory
}

/// Returns the sorted names of the files in the directory of the file.
func names(beside path: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: (path as NSString).deletingLastPathComponent).sorted()
}
