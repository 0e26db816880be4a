import Store
import TestKit
import Testing

@Suite("Failed log-ins") struct LogInFailureTests {
    @Test("Failures are counted for each account and network", arguments: Engine.allCases)
    func failuresAreCountedByAccountAndNetwork(on engine: Engine) async throws {
        try await withStore(on: engine) { store, _ in
            #expect(try await store.logInFailures(of: "alice", from: "net-1") == nil)
            for (name, network, now, count) in [
                ("alice", "net-1", 10, 1), ("alice", "net-1", 11, 2), ("alice", "net-2", 12, 1),
                ("bob", "net-1", 13, 1),
                ("alice", "net-1", 14, 3),
            ] {
                let counted = try await store.recordLogInFailure(of: name, from: network, at: Int64(now), forgetting: 0)
                #expect(counted == count)
            }
            #expect(try await store.logInFailures(of: "alice", from: "net-1") == LogInFailures(count: 3, time: 14))
            #expect(try await store.logInFailures(of: "alice", from: "net-2") == LogInFailures(count: 1, time: 12))
        }
    }

    @Test("A count begins again after a time without a failure", arguments: Engine.allCases)
    func countBeginsAnewAfterAWhile(on engine: Engine) async throws {
        try await withStore(on: engine) { store, _ in
            for now in [10, 11] as [Int64] { _ = try await fail(store, at: now, forgetting: 0) }
            #expect(try await fail(store, at: 90, forgetting: 11) == 3)
            #expect(try await fail(store, at: 200, forgetting: 91) == 1)
        }
    }

    @Test("Each failure drops at most a hundred old counts", arguments: Engine.allCases)
    func oldCountsAreDroppedAHundredAtATime(on engine: Engine) async throws {
        try await withStore(on: engine) { store, database in
            for number in 0..<150 {
                let now = Int64(number)
                _ = try await store.recordLogInFailure(of: "u\(number)", from: "net", at: now, forgetting: 0)
            }
            #expect(try await fail(store, at: 1000, forgetting: 149) == 1)
            #expect(try await database.count("login_failures") == 51)
            #expect(try await store.logInFailures(of: "u99", from: "net") == nil)
            #expect(try await fail(store, at: 1001, forgetting: 149) == 2)
            #expect(try await database.count("login_failures") == 2)
            #expect(try await store.logInFailures(of: "u149", from: "net") == LogInFailures(count: 1, time: 149))
        }
    }

    @Test("Failures are cleared for one network of an account or for all its networks", arguments: Engine.allCases)
    func failuresAreCleared(on engine: Engine) async throws {
        try await withStore(on: engine) { store, _ in
            for network in ["net-1", "net-2", "net-3"] {
                _ = try await store.recordLogInFailure(of: "alice", from: network, at: 10, forgetting: 0)
            }
            _ = try await store.recordLogInFailure(of: "bob", from: "net-1", at: 10, forgetting: 0)
            #expect(try await store.clearLogInFailures(of: "alice", from: "net-1"))
            #expect(try await !store.clearLogInFailures(of: "alice", from: "net-1"))
            #expect(try await store.logInFailures(of: "alice", from: "net-2")?.count == 1)
            #expect(try await store.clearLogInFailures(of: "alice", from: nil))
            #expect(try await !store.clearLogInFailures(of: "alice", from: nil))
            #expect(try await store.logInFailures(of: "alice", from: "net-3") == nil)
            #expect(try await store.logInFailures(of: "bob", from: "net-1")?.count == 1)
        }
    }

    /// Several servers together allow no more tries than one server.
    @Test("Every failure counts once, also if two stores record at the same time", arguments: Engine.allCases)
    func everyFailureCountsOnEveryStore(on engine: Engine) async throws {
        try await withStore(on: engine) { first, database in
            let second = try database.open()
            let counts = try await withThrowingTaskGroup(of: Int.self) { group in
                for number in 0..<40 {
                    let store = number.isMultiple(of: 2) ? first : second
                    group.addTask { try await fail(store, at: 10, forgetting: 0) }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(counts.sorted() == Array(1...40))
            try await second.close()
        }
    }

    @Test("The count of a network begins again a fixed time after its first failure", arguments: Engine.allCases)
    func aNetworksCountBeginsAnewAWhileAfterItsFirst(on engine: Engine) async throws {
        try await withStore(on: engine) { store, _ in
            let sources = [LogInSource(account: "alice", network: "net"), LogInSource(network: "net")]
            for (now, counts) in [(10, [1, 1]), (60, [2, 2]), (110, [3, 3]), (111, [4, 1]), (150, [5, 2])] {
                let counted = try await store.recordLogInFailure(
                    of: sources, at: Int64(now), forgetting: Int64(now - 100), notAfter: Int64(now))
                #expect(counted == counts, "\(now)")
            }
            let found = try await store.logInFailures(of: sources + [LogInSource(network: "other")])
            #expect(found == [LogInFailures(count: 5, time: 150), LogInFailures(count: 2, time: 111), nil])
            #expect(try await store.logInFailures(of: []) == [])
        }
    }

    @Test("A count whose time is too far in the future begins again", arguments: Engine.allCases)
    func countOfTheFutureBeginsAnew(on engine: Engine) async throws {
        try await withStore(on: engine) { store, _ in
            let sources = [LogInSource(account: "alice", network: "net"), LogInSource(network: "net")]
            for (now, counts) in [(1000, [1, 1]), (990, [2, 2]), (980, [1, 1]), (985, [2, 2])] {
                let counted = try await store.recordLogInFailure(
                    of: sources, at: Int64(now), forgetting: 0, notAfter: Int64(now + 10))
                #expect(counted == counts, "\(now)")
            }
            let found = try await store.logInFailures(of: sources)
            #expect(found == [LogInFailures(count: 2, time: 985), LogInFailures(count: 2, time: 980)])
        }
    }

    @Test("An unlock by the operator clears the failures of an account and is recorded", arguments: Engine.allCases)
    func operatorUnlocks(on engine: Engine) async throws {
        try await withStore(on: engine) { store, database in
            let unlocked = LogInSource(unlocked: "alice")
            #expect(try await !store.unlockLogIns(of: "alice", at: 5))
            #expect(try await store.logInFailures(of: [unlocked]) == [LogInFailures(count: 0, time: 5)])
            _ = try await fail(store, at: 6, forgetting: 0)
            _ = try await store.recordLogInFailure(
                of: [LogInSource(network: "net")], at: 6, forgetting: 0, notAfter: 6)
            #expect(try await store.unlockLogIns(of: "alice", at: 7))
            #expect(try await store.logInFailures(of: [unlocked]) == [LogInFailures(count: 0, time: 7)])
            #expect(try await store.logInFailures(of: "alice", from: "net") == nil)
            #expect(try await store.clearLogInFailures(ofNetworks: ["other", "net"]))
            #expect(try await !store.clearLogInFailures(ofNetworks: ["other", "net"]))
            #expect(try await database.count("login_failures") == 1)
        }
    }

    @Test("Trimming removes the oldest counts and keeps at most one more than allowed", arguments: Engine.allCases)
    func oldestCountsAreTrimmed(on engine: Engine) async throws {
        try await withStore(on: engine) { store, database in
            for number in 0..<50 {
                _ = try await store.recordLogInFailure(of: "u\(number)", from: "net", at: Int64(number), forgetting: 0)
            }
            for (count, left) in [(50, 50), (60, 50), (49, 50), (20, 21)] {
                try await store.trimLogInFailures(to: count)
                #expect(try await database.count("login_failures") == left, "\(count)")
            }
            #expect(try await store.logInFailures(of: "u28", from: "net") == nil)
            #expect(try await store.logInFailures(of: "u29", from: "net") != nil)
        }
    }

    private func fail(_ store: Store, at now: Int64, forgetting before: Int64) async throws -> Int {
        try await store.recordLogInFailure(of: "alice", from: "net", at: now, forgetting: before)
    }
}
