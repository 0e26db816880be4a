import Postgres
import Store
import TestKit
import Wire

@testable import Commands

/// A cache over one store, and a second server's store on the same database.
final class TwoServers: Sendable {
    /// The path of the SQLite file.
    let path: String
    let store: Store
    /// The driver of the first store, which can count and fail.
    let driver: FaultyDriver
    let second: Store
    let cache: AccountCache
    private let directory: TemporaryDirectory
    private let opened: [Store]

    init(on engine: Engine = .sqlite, capacity: Int = 100, tellsMark: Bool = true) async throws {
        directory = try TemporaryDirectory()
        path = directory.path + "/clavero.db"
        opened = try await Self.open(engine, path)
        driver = FaultyDriver(opened[0].driver, tellsMark: tellsMark)
        store = Store(driver)
        second = opened[1]
        cache = AccountCache(store, capacity: capacity)
    }

    private static func open(_ engine: Engine, _ path: String) async throws -> [Store] {
        switch engine {
        case .sqlite:
            try SQLiteFile.create(at: path)
            return try (0..<2).map { _ in try Store(file: path) }
        case .postgres:
            let address = try PostgresAddress(try await PostgresCluster.shared.schema().url)
            try PostgresDriver.create(at: address)
            let settings = PostgresDriver.Settings(
                connections: 2, statementTimeout: .seconds(60), patience: .seconds(60))
            return try (0..<2).map { _ in try Store(at: address, settings: settings) }
        }
    }

    func close() async throws {
        for store in opened { try await store.close() }
    }

    func add(_ names: String..., by store: Store? = nil) async throws {
        for name in names {
            let keys = [KeyPurpose.encryption, .signing].map { purpose in
                AccountKey(
                    account: name, purpose: purpose, version: 1, rootID: "root-1", wrapped: Array(name.utf8),
                    publicKey: nil, created: 1)
            }
            try await (store ?? second).add(NewAccount(name: name, password: "first", keys: keys, created: 1))
        }
    }

    /// Asks the cache for everything about alice.
    func askAll() async throws {
        _ = try await cache.account(named: "alice")
        for purpose in [KeyPurpose.encryption, .signing] {
            _ = try await cache.currentKey(of: "alice", purpose)
            _ = try await cache.key(of: "alice", purpose, version: 1)
        }
    }
}

/// The cache as commands use it: they ask for the present moment, take what is in memory, and have the rest read.
extension AccountCache {
    func account(named name: String) async throws(StoreError) -> Account? {
        let (name, moment) = (AccountName(name)!, try await moment())
        return if let known = known(name, at: moment) { known } else { try await account(named: name, at: moment) }
    }

    func account(named name: String, at moment: Moment) async throws(StoreError) -> Account? {
        try await account(named: AccountName(name)!, at: moment)
    }

    func currentKeys(of names: [String], _ purpose: KeyPurpose) async throws(StoreError) -> [KnownKey?] {
        try await allKeys(of: names).map { Self.current(in: $0, purpose) }
    }

    func currentKey(of name: String, _ purpose: KeyPurpose) async throws(StoreError) -> KnownKey? {
        try await currentKeys(of: [name], purpose)[0]
    }

    func key(of name: String, _ purpose: KeyPurpose, version: UInt32) async throws(StoreError) -> KnownKey? {
        try await allKeys(of: [name])[0]?.first { $0.row.purpose == purpose && $0.row.version == version }
    }

    private func allKeys(of names: [String]) async throws(StoreError) -> [[KnownKey]?] {
        let (names, moment) = (names.map { AccountName($0)! }, try await moment())
        let known = knownKeys(of: names, at: moment)
        return known.contains { $0 == nil } ? try await keys(of: names, at: moment) : known
    }
}
