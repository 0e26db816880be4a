import Store
import TestKit
import Testing

/// Values that a newer release may store: the schema lets them in, and the code refuses those that it does not know.
@Suite("Values that a newer release may store", .timeLimit(.minutes(5))) struct OpenValueTests {
    @Test("Unknown values that the schema accepts are refused as corrupt when read", arguments: Engine.allCases)
    func unknownValuesAreRefusedByTheCode(on engine: Engine) async throws {
        try await withStore(on: engine) { store, database in
            for name in ["alice", "bob", "carol", "dave"] { try await store.add(newAccount(name)) }
            #expect(try await store.addLoginKey(loginKey(1), to: "dave", limit: 1))
            try await database.change("UPDATE accounts SET state = 'asleep' WHERE name = 'alice'")
            try await database.change("UPDATE accounts SET kind = 'robot' WHERE name = 'bob'")
            let carol = "(SELECT id FROM accounts WHERE name = 'carol')"
            try await database.change(
                "UPDATE account_keys SET purpose = 'dance' WHERE account_id = \(carol) AND purpose = 'signing'")
            try await database.change("UPDATE login_keys SET algorithm = 'rot13'")
            for name in ["alice", "bob"] {
                await #expect(throws: StoreError.corrupt) { _ = try await store.account(named: name) }
            }
            await #expect(throws: StoreError.corrupt) { _ = try await store.find(accounts: [], keysOf: ["carol"]) }
            await #expect(throws: StoreError.corrupt) { _ = try await store.loginKeys(of: "dave") }
            #expect(try await store.account(named: "carol") != nil)
        }
    }

    @Test("A key version that is out of range is refused as corrupt", arguments: Engine.allCases)
    func versionThatIsNoNumberOfAVersionIsRefused(on engine: Engine) async throws {
        try await withStore(on: engine) { store, database in
            try await store.add(newAccount("alice"))
            try await database.change("UPDATE account_keys SET version = 4294967296")
            await #expect(throws: StoreError.corrupt) { _ = try await store.find(accounts: [], keysOf: ["alice"]) }
        }
    }

    @Test("A log-in key has from 1 to 1024 bytes", arguments: Engine.allCases)
    func loginKeyHasUpTo1024Bytes(on engine: Engine) async throws {
        try await withStore(on: engine) { store, _ in
            try await store.add(newAccount("alice"))
            for count in [0, 1025] {
                await #expect(throws: StoreError.failed("a key to log in with has from 1 to 1024 bytes")) {
                    _ = try await store.addLoginKey(Self.key(of: count), to: "alice", limit: 9)
                }
            }
            for count in [1, 1024] {
                #expect(try await store.addLoginKey(Self.key(of: count), to: "alice", limit: 9))
            }
            #expect(try await store.loginKeys(of: "alice").map(\.publicKey.count) == [1, 1024])
        }
    }

    private static func key(of count: Int) -> LoginKey {
        LoginKey(publicKey: [UInt8](repeating: 9, count: count), comment: "", created: Int64(count))
    }
}
