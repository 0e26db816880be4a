import Synchronization
import TestKit
import Testing

@testable import Daemon

@Suite("A check that simultaneous callers share")
struct SharedCheckTests {
    /// A check that waits until the test gives it a value. It counts how often it was begun.
    private final class Held: Sendable {
        let begun = Atomic(0)
        private let (values, value) = AsyncStream.makeStream(of: Int.self)

        func run() async -> Int {
            begun.add(1, ordering: .relaxed)
            for await value in values { return value }
            return -1
        }

        func give(_ number: Int) { value.yield(number) }
    }

    @Test("Simultaneous callers share one check and its answer, and a later caller gets another")
    func shared() async throws {
        let held = Held()
        let check = SharedCheck(limit: .seconds(600)) { await held.run() }
        let answers = try await withThrowingTaskGroup(of: Int?.self) { group in
            for _ in 0..<100 { group.addTask { await check.value } }
            try await eventually { check.waitingCount == 100 }
            held.give(1)
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(answers == Array(repeating: 1, count: 100))
        #expect(held.begun.load(ordering: .relaxed) == 1)
        held.give(2)
        #expect(await check.value == 2)
        #expect(held.begun.load(ordering: .relaxed) == 2)
    }

    @Test("A check that takes too long delays no caller, and no other begins before it has ended")
    func late() async throws {
        let held = Held()
        let check = SharedCheck(limit: .milliseconds(20)) { await held.run() }
        for _ in 0..<1000 {
            let answer = await check.value
            #expect(answer == nil)
        }
        #expect(held.begun.load(ordering: .relaxed) == 1)
        held.give(1)
        try await eventually { !check.isUnderWay }
        let other = SharedCheck(limit: .seconds(600)) { await held.run() }
        held.give(2)
        #expect(await other.value == 2)
    }

    @Test("A daemon whose readiness takes too long to tell is not ready")
    func readiness() async {
        let held = Held()
        let readiness = Readiness([{ ["\(await held.run())"] }], limit: .milliseconds(20))
        #expect(await readiness.missing == ["daemon: no answer within 0.02 seconds"])
        held.give(7)
    }
}
