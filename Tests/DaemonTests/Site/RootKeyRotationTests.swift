import Daemon
import Foundation
import Input
import Seal
import Secrets
import Store
import TestKit
import Testing

@testable import Server

/// The tests begin a rotation at each of the points at which an earlier one may have ended.
@Suite("The rotation of the root key")
struct RootKeyRotationTests {
    private let parent = try! TemporaryDirectory()
    private var data: DataDirectory {
        DataDirectory(path: "\(parent.path)/data", credentials: Credentials(environment: [:]))
    }
    private var lines: [String] {
        get throws {
            try String(contentsOfFile: data.file("root.key"), encoding: .utf8).split(separator: "\n").map(String.init)
        }
    }

    /// Makes a site with `count` accounts. The key of each is the bytes of its name. The keys of the accounts whose
    /// numbers are in `bad` are wrapped for another account, so they cannot be unwrapped.
    private func make(_ count: Int, bad: Set<Int> = []) async throws -> Store {
        try await NewSite(directory: data, names: ["localhost"]).create()
        let store = try data.store()
        let root = try data.rootKeys().current
        for number in 0..<count {
            let name = "user-\(number)"
            let owner = bad.contains(number) ? "nobody" : name
            let wrapped = try root.wrap(
                SecretBytes(Array(name.utf8)), account: owner, purpose: "encryption", version: 1)
            let key = AccountKey(
                account: name, purpose: .encryption, version: 1, rootID: root.id, wrapped: wrapped, publicKey: nil,
                created: 0)
            try await store.add(NewAccount(name: name, password: "x", keys: [key], created: 0))
        }
        return store
    }

    private func rotation(_ store: Store) throws -> RootKeyRotation {
        RootKeyRotation(data, file: try RootKeyFile(data), store: store)
    }

    /// Checks that all keys that can be unwrapped are wrapped under the current root key and have not changed.
    private func check(_ store: Store, _ count: Int, bad: Set<Int> = []) async throws {
        let keys = try data.rootKeys()
        #expect(try await store.rootKeyID() == keys.current.id)
        for number in 0..<count where !bad.contains(number) {
            let name = "user-\(number)"
            let row = try #require(try await store.key(of: name, purpose: .encryption, version: 1))
            #expect(row.rootID == keys.current.id)
            let key = try keys.current.unwrap(row.wrapped, account: name, purpose: "encryption", version: 1)
            #expect(key == SecretBytes(Array(name.utf8)))
        }
    }

    @Test("A rotation adds a new key before the old one, rewraps all rows under it, and counts each once")
    func whole() async throws {
        let store = try await make(25)
        let old = try lines
        var rotation = try rotation(store)
        #expect(try await rotation.begin() == .new)
        #expect(try lines.count == 2 && lines.last == old[0])
        #expect(try await rotation.remaining() == 25)
        var seen: [Int] = []
        let outcome = try await rotation.rewrap(batch: 10) { seen.append($0) }
        #expect(seen == [10, 10, 5])
        #expect(outcome.count == 25 && outcome.damaged.isEmpty)
        try await check(store, 25)
        #expect(try await rotation.retire() == 1)
        #expect(try lines.count == 1 && lines != old)
        #expect(try await rotation.retire() == 0)
        try await check(store, 25)
    }

    @Test("A rotation continues if the new key is in the file but not yet in the database")
    func afterFile() async throws {
        let store = try await make(5)
        var file = try RootKeyFile(data)
        try file.addKey()
        let before = try lines
        var rotation = try rotation(store)
        #expect(try await rotation.begin() == .resumed)
        #expect(try lines == before)
        #expect(try await rotation.rewrap(batch: 500) { _ in }.count == 5)
        try await check(store, 5)
    }

    @Test("A rotation continues if the database names the new key but has rows under others")
    func afterDatabase() async throws {
        let store = try await make(5)
        var first = try rotation(store)
        #expect(try await first.begin() == .new)
        let rows = try await store.keys(notUnder: first.id, limit: 2)
        let keys = try data.rootKeys()
        let wrapped = try rows.map { row in
            let key = try keys.unwrap(
                row.wrapped, rootID: row.rootID, account: row.account, purpose: row.purpose.rawValue, version: 1)
            return (row, try keys.wrap(key, account: row.account, purpose: row.purpose.rawValue, version: 1))
        }
        #expect(try await store.rewrap(wrapped, under: first.id) == 2)
        let before = try lines
        var second = try rotation(store)
        #expect(try await second.begin() == .resumed)
        #expect(try lines == before)
        #expect(try await second.remaining() == 3)
        #expect(try await second.rewrap(batch: 500) { _ in }.count == 3)
        try await check(store, 5)
        #expect(try await second.begin() == .new)
        #expect(try lines.count == 3)
    }

    @Test("Rows that cannot be unwrapped do not stop the others, even if they fill a batch", arguments: [1, 4])
    func damaged(_ batch: Int) async throws {
        let bad: Set = [0, 1, 2, 3, 4, 5, 9, 19]
        let store = try await make(20, bad: bad)
        let ids = try await store.keyCounts()
        var rotation = try rotation(store)
        _ = try await rotation.begin()
        var seen = 0
        let outcome = try await rotation.rewrap(batch: batch) { seen += $0 }
        #expect(seen == 20 && outcome.count == 12)
        #expect(outcome.damaged == Set(bad.map { "encryption key 1 of user-\($0)" }))
        try await check(store, 20, bad: bad)
        #expect(try await store.keyCounts() == [rotation.id: 12, ids.keys.first!: 8])
        let before = try lines
        let error = await #expect(throws: StartError.self) { try await rotation.retire() }
        #expect(error?.description.contains("keys are still wrapped under an earlier root key") == true)
        #expect(try await rotation.begin() == .resumed)
        #expect(try lines == before)
    }

    @Test("A root key of another database is refused, and a database without a named key gets the current one")
    func identity() async throws {
        let store = try await make(3)
        let foreign = Data(repeating: 0xFB, count: 32).base64EncodedString()
        let own = try lines
        try "\(foreign)\n".write(toFile: data.file("root.key"), atomically: false, encoding: .utf8)
        var rotation = try rotation(store)
        let error = await #expect(throws: StartError.self) { try await rotation.begin() }
        #expect(
            error?.description
                == "\(data.file("root.key")): not the root key of this database; put back the root.key that belongs to \(data.databasePath)"
        )
        #expect(try lines == [foreign])
        let script = """
            import sqlite3, sys
            db = sqlite3.connect(sys.argv[1])
            db.execute("UPDATE site SET value = ''")
            db.commit()
            """
        let erased = try await Tool.run("/usr/bin/python3", ["-c", script, data.databasePath])
        #expect(erased.status == 0, "\(erased.errors)")
        await #expect(throws: StartError.self) { try await rotation.begin() }
        #expect(try await store.rootKeyID() == nil)
        try "\(own[0])\n".write(toFile: data.file("root.key"), atomically: false, encoding: .utf8)
        var again = try self.rotation(store)
        #expect(try await again.begin() == .new)
        #expect(try await again.rewrap(batch: 500) { _ in }.count == 3)
        try await check(store, 3)
    }

    @Test("A rotation notices that the database was restored to an earlier key")
    func restored() async throws {
        let store = try await make(3)
        let old = try data.rootKeys().current.id
        var rotation = try rotation(store)
        _ = try await rotation.begin()
        _ = try await store.setRootKeyID(old, replacing: rotation.id)
        let error = await #expect(throws: StartError.self) { try await rotation.rewrap(batch: 500) { _ in } }
        #expect(error?.description == "\(data.databasePath): was restored in the meantime; run the command again")
    }

    @Test("A symbolic link stays, its target is replaced, and a file that a crash left there is removed")
    func link() async throws {
        let store = try await make(0)
        let target = "\(parent.path)/elsewhere.key"
        try FileManager.default.moveItem(atPath: data.file("root.key"), toPath: target)
        try FileManager.default.createSymbolicLink(atPath: data.file("root.key"), withDestinationPath: target)
        // A crash can leave this file.
        try "old keys\n".write(toFile: "\(target).new", atomically: false, encoding: .utf8)
        var rotation = try rotation(store)
        #expect(try await rotation.begin() == .new)
        #expect(!FileManager.default.fileExists(atPath: "\(target).new"))
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: data.file("root.key")) == target)
        #expect(try String(contentsOfFile: target, encoding: .utf8).split(separator: "\n").count == 2)
        let mode = try FileManager.default.attributesOfItem(atPath: target)[.posixPermissions] as? Int
        #expect(mode == 0o600)
    }
}
