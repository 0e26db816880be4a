import Store
import Synchronization
import TestKit
import Testing

@testable import Server

@Suite("The health of a server's database")
struct DatabaseHealthTests {
    /// Runs `body` with a store whose driver answers examinations as the test sets it.
    private static func store(_ body: (Store, FaultyDriver) async throws -> Void) async throws {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/clavero.db"
        try SQLiteFile.create(at: path)
        let driver = FaultyDriver(try SQLiteDriver(path: path), isExamined: true)
        let store = Store(driver)
        try await body(store, driver)
        try await store.close()
    }

    @Test("Every cause is reported in its own words")
    func causes() async throws {
        try await Self.store { store, driver in
            let health = { DatabaseHealth(store, rootKeyIDs: { ["a", "b"] }) }
            #expect(await health().fault == nil)
            driver.examination = .success(StoreExamination(rootKeyID: "b"))
            #expect(await health().fault == nil)
            driver.examination = .success(StoreExamination(rootKeyID: "c"))
            #expect(await health().fault == "root.key is not the root key of this database")
            #expect(await DatabaseHealth(store, rootKeyIDs: nil).fault == nil)
            let unreadable = DatabaseHealth(store) { throw Mismatch("root.key: no such file") }
            #expect(await unreadable.fault == "\(Mismatch("root.key: no such file"))")
            driver.examination = .success(StoreExamination(rootKeyID: "a", clockDifference: .seconds(-61)))
            #expect(await health().fault == "this machine's clock is 61 s behind the database's")
            driver.examination = .failure(.unreachable("connection refused"))
            #expect(await health().fault == "connection refused")
            driver.examination = .success(StoreExamination(rootKeyID: "a"))
            for (cause, words) in [
                (StoreError.full, "disk is full"), (.readOnly, "not writable"), (.busy, "busy, try again later"),
            ] {
                driver.examinesWrites = { () throws(StoreError) in throw cause }
                #expect(await health().fault == "it cannot be written: \(words)")
            }
        }
    }

    @Test("A write is tried at most once in ten seconds, however many callers ask")
    func rareWrites() async throws {
        try await Self.store { store, driver in
            let health = DatabaseHealth(store, rootKeyIDs: nil)
            let start = ContinuousClock.now
            for _ in 0..<500 { #expect(await health.fault == nil) }
            let seconds = Int((ContinuousClock.now - start) / .seconds(10))
            #expect(1...seconds + 1 ~= driver.examinedWrites)
        }
    }

    @Test("A database that does not answer or write is reported within the limit, and is asked once")
    func hangs() async throws {
        try await Self.store { store, driver in
            let health = DatabaseHealth(store, rootKeyIDs: nil, limit: .milliseconds(20))
            let (gate, opened) = AsyncStream.makeStream(of: Void.self)
            let wait = { @Sendable in for await _ in gate { return } }
            driver.examinesWrites = { () throws(StoreError) in await wait() }
            for _ in 0..<100 { #expect(await health.fault == "no write finished within 0.02 seconds") }
            #expect(driver.examinedWrites == 1)
            opened.yield()
            try await eventually { await health.fault == nil }

            let silent = DatabaseHealth(store, rootKeyIDs: nil, limit: .milliseconds(20))
            driver.waitsBeforeExamination = wait
            for _ in 0..<100 { #expect(await silent.fault == "no answer within 0.02 seconds") }
            opened.finish()
        }
    }
}
