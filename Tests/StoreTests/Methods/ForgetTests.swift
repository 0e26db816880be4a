import Foundation
import GRDB
import Store
import TestKit
import Testing

@Suite("Forgetting an account", .timeLimit(.minutes(5))) struct ForgetTests {
    private let wrapped: [UInt8] = Array("the wrapped key of alice, 32 bytes".utf8)
    private let code: [UInt8] = Array("the digest of alice's reset code".utf8)
    private let phc = "$scrypt$what-alice-had"

    @Test("No secret of a forgotten account remains in the files")
    func nothingOfItIsLeftInTheFiles() async throws {
        try await withStore { store, path in
            try await fill(store)
            for secret in secrets { #expect(bytes(ofFiles: path).contains(secret)) }
            #expect(try await store.forget("alice") == .erased)
            for secret in secrets { #expect(!bytes(ofFiles: path).contains(secret)) }
            #expect(bytes(ofFiles: path).contains("$scrypt$of-carol"))
        }
    }

    @Test("A forgotten account keeps its name but loses its password, keys and failures", arguments: Engine.allCases)
    func forgottenAccountIsAShell(on engine: Engine) async throws {
        try await withStore(on: engine) { store, _ in
            try await fill(store)
            let before = try #require(try await store.account(named: "alice"))
            #expect(try await store.forget("alice") == engine.forgetting)
            let after = try #require(try await store.account(named: "alice"))
            #expect(
                after
                    == Account(
                        id: before.id, name: "alice", password: nil, epoch: before.epoch + 1, created: before.created,
                        state: .forgotten))
            #expect(try await store.key(of: "alice", purpose: .encryption, version: 1) == nil)
            #expect(try await store.loginKeys(of: "alice").isEmpty)
            #expect(try await store.logInFailures(of: "alice", from: "net") == nil)
            #expect(
                try await store.currentKeys(of: ["alice", "carol"], purpose: .encryption).keys.sorted() == ["carol"])
            #expect(try await store.keyCounts() == ["root-1": 2])
        }
    }

    @Test("A forgotten account cannot be changed, and its name stays taken", arguments: Engine.allCases)
    func forgottenIsForGood(on engine: Engine) async throws {
        try await withStore(on: engine) { store, _ in
            try await fill(store)
            #expect(try await store.forget("nobody") == .noSuchAccount)
            #expect(try await store.forget("alice") == engine.forgetting)
            #expect(try await store.forget("alice") == .noSuchAccount)
            #expect(try await !store.setState(.active, of: "alice"))
            #expect(try await !store.setPassword("new", of: "alice", ifEpoch: 1))
            #expect(try await !store.rehash("new", of: "alice", replacing: ""))
            #expect(await failure(of: newAccount("alice"), addedTo: store) == .exists)
            #expect(try await store.account(named: "alice")?.epoch == 1)
        }
    }

    @Test("Forgotten secrets stay in the log while another program reads, and are erased afterwards")
    func oneWhoReadsKeepsTheLogAndIsWaitedFor() async throws {
        try await withStore(.init(busyTimeout: .milliseconds(20))) { store, path in
            try await fill(store)
            let other = try OtherProgram(path)
            #expect(try await other.ask("db.execute('BEGIN').fetchone()") == "None")
            #expect(try await other.value("SELECT count(*) FROM account_keys") == "4")
            #expect(try await store.forget("alice") == .leftInLog)
            #expect(bytes(ofFiles: path).contains(wrapped))
            try await store.add(newAccount("dave"))
            #expect(bytes(ofFiles: path).contains(wrapped))
            // The other program still has the connection open, but it no longer reads.
            #expect(try await other.ask("db.execute('COMMIT').fetchone()") == "None")
            try await store.add(newAccount("erin"))
            // The store finishes the work after erin's batch before the next batch begins.
            try await store.add(newAccount("frank"))
            for secret in secrets { #expect(!bytes(ofFiles: path).contains(secret)) }
            #expect(try await other.value("SELECT count(*) FROM account_keys") == "8")
            try await other.end()
        }
    }

    @Test("No bytes of an erased version of a key remain in the files, and those of others do")
    func erasedVersions() async throws {
        try await withStore { store, path in
            try await fill(store)
            let second = Array("the second wrapped key of alice".utf8)
            _ = try await store.addKeys([.encryption], to: "alice") { purpose, version in
                key(of: "alice", purpose, version: version, bytes: second)
            }
            _ = try await store.retireKeys(below: 2, .encryption, of: "alice")
            for secret in [wrapped, second] { #expect(bytes(ofFiles: path).contains(secret)) }
            let outcome = try await store.eraseKeys(below: 2, .encryption, of: "alice")
            if case .erased(_, .erased) = outcome {} else { Issue.record("\(outcome)") }
            #expect(!bytes(ofFiles: path).contains(wrapped))
            #expect(bytes(ofFiles: path).contains(second))
        }
    }

    /// The test copies the files in the state that a crash leaves between the commit and the emptying of the log.
    @Test("Forgotten secrets that a crash left in the log are erased at the next start")
    func logIsEmptiedAtTheNextStart() async throws {
        try await withStore(.init(busyTimeout: .milliseconds(20))) { store, path in
            try await fill(store)
            let reader = try stranger(to: path)
            try await reader.writeWithoutTransaction { database in
                try database.execute(sql: "BEGIN; SELECT count(*) FROM accounts")
            }
            #expect(try await store.forget("alice") == .leftInLog)
            let copy = path + ".copy"
            for suffix in ["", "-wal"] {
                try FileManager.default.copyItem(atPath: path + suffix, toPath: copy + suffix)
            }
            #expect(bytes(ofFiles: copy).contains(wrapped))
            let revived = try Store(file: copy)
            for secret in secrets { #expect(!bytes(ofFiles: copy).contains(secret)) }
            #expect(try await revived.account(named: "alice")?.state == .forgotten)
            try await revived.close()
        }
    }

    @Test("The store tells SQLite to overwrite deleted data")
    func whatIsDeletedIsWrittenOver() async throws {
        try await withStore { store, _ in
            let setting = try await store.setting("secure_delete")
            #expect(setting == 1)
        }
    }

    private var secrets: [[UInt8]] {
        [wrapped, Array(phc.utf8), Array("alice@laptop".utf8), Array("net-of-alice".utf8), code]
    }

    private func fill(_ store: Store) async throws {
        let login = LoginKey(publicKey: [UInt8](repeating: 5, count: 32), comment: "alice@laptop", created: 3)
        let keys = [key(of: "alice", bytes: wrapped), key(of: "alice", .signing)]
        try await store.add(NewAccount(name: "alice", password: phc, keys: keys, created: 3, loginKey: login))
        try await store.add(newAccount("carol"))
        _ = try await store.addResetCode(code, of: "alice", dropsKeys: false, created: 3, expires: 9)
        _ = try await store.recordLogInFailure(of: "alice", from: "net-of-alice", at: 9, forgetting: 0)
    }
}

extension Data {
    fileprivate func contains(_ bytes: [UInt8]) -> Bool { range(of: Data(bytes)) != nil }
    fileprivate func contains(_ text: String) -> Bool { contains(Array(text.utf8)) }
}

extension Engine {
    /// The outcome of forgetting an account while no program reads the database.
    fileprivate var forgetting: Forgetting {
        switch self {
        case .sqlite: .erased
        case .postgres: .leftToServer
        }
    }
}
