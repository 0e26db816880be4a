import Store
import TestKit
import Testing

@Suite("Limits on sign-ups", .timeLimit(.minutes(5))) struct SignUpBoundTests {
    private let net = SignUpBound(source: "192.0.2.0/24", limit: 2)
    private let all = SignUpBound(source: SignUpBound.everywhere, limit: 3)

    private func account(_ name: String, at now: Int64 = 6000, _ bounds: [SignUpBound]) -> NewAccount {
        NewAccount(name: name, keys: [key(of: name)], created: now, bounds: bounds)
    }

    @Test("Sign-ups are limited for each source and for all sources together", arguments: Engine.allCases)
    func eachBoundHolds(on engine: Engine) async throws {
        try await withStore(on: engine) { store, database in
            let other = SignUpBound(source: "2001:db8::/64", limit: 2)
            #expect(await failure(of: account("a", [net, all]), addedTo: store) == nil)
            // A refused request does not count.
            #expect(await failure(of: account("a", [net, all]), addedTo: store) == .exists)
            #expect(await failure(of: account("b", [net, all]), addedTo: store) == nil)
            try await store.checkSignUps([other, all], at: 6000)
            await #expect(throws: StoreError.tooManySignUps(everywhere: false)) {
                try await store.checkSignUps([net, all], at: 6000)
            }
            #expect(
                await failure(of: account("c", [net, all]), addedTo: store) == .tooManySignUps(everywhere: false))
            #expect(try await store.account(named: "c") == nil)
            #expect(await failure(of: account("c", [other, all]), addedTo: store) == nil)
            #expect(
                await failure(of: account("d", [other, all]), addedTo: store) == .tooManySignUps(everywhere: true))
            #expect(await failure(of: account("d", []), addedTo: store) == nil)
            #expect(try await database.count("sign_ups") == 3)
        }
    }

    /// The slot of 6000 counts until 10199, and a time that is still to come does not.
    @Test("A sign-up no longer counts seventy minutes after its slot began", arguments: Engine.allCases)
    func anHourIsForgottenAfterSeventyMinutes(on engine: Engine) async throws {
        try await withStore(on: engine) { store, database in
            let one = [SignUpBound(source: "net", limit: 1)]
            #expect(await failure(of: account("a", at: 6599, one), addedTo: store) == nil)
            for now: Int64 in [6000, 6599, 10_199] {
                #expect(
                    await failure(of: account("b", at: now, one), addedTo: store) == .tooManySignUps(everywhere: false))
            }
            #expect(await failure(of: account("b", at: 5399, one), addedTo: store) == nil)
            #expect(await failure(of: account("c", at: 10_200, one), addedTo: store) == nil)
            // A slot that no longer counts is dropped.
            let rows = try await database.count("sign_ups")
            #expect(rows == 1)
        }
    }

    /// The test uses two stores, because the bound must not depend on the memory of one store.
    @Test("The limits hold for sign-ups that arrive together at two stores", arguments: Engine.allCases)
    func itHoldsForThoseWhoComeTogether(on engine: Engine) async throws {
        try await withStore(on: engine) { first, database in
            let second = try database.open()
            let bounds = [SignUpBound(source: "net", limit: 5), SignUpBound(source: SignUpBound.everywhere, limit: 9)]
            let outcomes = await withTaskGroup(of: StoreError?.self) { group in
                for number in 0..<40 {
                    let store = number % 2 == 0 ? first : second
                    group.addTask { await failure(of: account("u\(number)", bounds), addedTo: store) }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(outcomes.filter { $0 == nil }.count == 5)
            #expect(outcomes.filter { $0 == .tooManySignUps(everywhere: false) }.count == 35)
            try await second.close()
            #expect(try await database.count("accounts") == 5)
        }
    }
}
