import GRDB
import Store
import TestKit
import Testing

@Suite("Several programs on one database") struct SharingTests {
    @Test("Two stores on one database see each other's accounts", arguments: Engine.allCases)
    func twoStoresShareOneDatabase(on engine: Engine) async throws {
        try await withStore(on: engine) { first, database in
            let second = try database.open()
            try await withThrowingTaskGroup { group in
                for number in 0..<50 {
                    group.addTask { try await first.add(newAccount("first-\(number)")) }
                    group.addTask { try await second.add(newAccount("second-\(number)")) }
                }
                try await group.waitForAll()
            }
            for number in 0..<50 {
                #expect(try await second.account(named: "first-\(number)") != nil)
                #expect(try await first.account(named: "second-\(number)") != nil)
            }
            #expect(await failure(of: newAccount("first-0"), addedTo: second) == .exists)
            try await second.close()
        }
    }

    @Test("A write in one store is visible in the other store at once", arguments: Engine.allCases)
    func writeIsSeenByTheOtherAtOnce(on engine: Engine) async throws {
        try await withStore(on: engine) { first, database in
            let second = try database.open()
            try await first.add(newAccount("alice"))
            for epoch in 0..<20 as Range<Int64> {
                let (writer, reader) = epoch.isMultiple(of: 2) ? (first, second) : (second, first)
                #expect(try await writer.setPassword("new-\(epoch)", of: "alice", ifEpoch: epoch))
                #expect(try await reader.account(named: "alice")?.epoch == epoch + 1)
            }
            try await second.close()
        }
    }

    @Test("A lock that another program holds makes writes fail as busy until it is released")
    func heldLockIsBusyAndTemporary() async throws {
        try await withStore(.init(busyTimeout: .milliseconds(20))) { store, path in
            let other = try stranger(to: path)
            try await other.writeWithoutTransaction { try $0.execute(sql: "BEGIN EXCLUSIVE") }
            #expect(await failure(of: newAccount("alice"), addedTo: store) == .busy)
            #expect(try await store.account(named: "alice") == nil)
            _ = try await store.account(named: "nobody")
            try await other.writeWithoutTransaction { try $0.execute(sql: "ROLLBACK") }
            #expect(await failure(of: newAccount("alice"), addedTo: store) == nil)
        }
    }

    @Test("Reads see the last committed state while another program writes")
    func readersRunBesideAWriter() async throws {
        try await withStore(.init(readers: 2)) { store, path in
            try await store.add(newAccount("alice"))
            let other = try stranger(to: path)
            try await other.writeWithoutTransaction { database in
                try database.execute(sql: "BEGIN EXCLUSIVE; UPDATE accounts SET epoch = 99")
            }
            let epochs = try await withThrowingTaskGroup(of: Int64?.self) { group in
                for _ in 0..<50 { group.addTask { try await store.account(named: "alice")?.epoch } }
                return try await group.reduce(into: Set()) { $0.insert($1) }
            }
            #expect(epochs == [0])
            try await other.writeWithoutTransaction { try $0.execute(sql: "ROLLBACK") }
        }
    }
}
