import Store
import TestKit
import Testing

@Suite("Sign-ups and invitations") struct SignUpTests {
    private let ticket = [UInt8](repeating: 1, count: 32)

    @Test("An invitation can be used only once", arguments: Engine.allCases)
    func invitationIsUsedOnce(on engine: Engine) async throws {
        try await withStore(on: engine) { store, _ in
            try await store.addInvitation(ticket, created: 100, expires: 200)
            #expect(await failure(of: invited("alice", at: 150), addedTo: store) == nil)
            #expect(await failure(of: invited("bob", at: 150), addedTo: store) == .notInvited)
            #expect(try await store.account(named: "bob") == nil)
        }
    }

    @Test("An invitation is found until it expires", arguments: Engine.allCases)
    func invitationIsFoundWhileItIsGood(on engine: Engine) async throws {
        try await withStore(on: engine) { store, _ in
            try await store.addInvitation(ticket, created: 100, expires: 200)
            for (now, isGood) in [(100, true), (199, true), (200, false)] {
                #expect(try await store.hasInvitation(ticket, at: Int64(now)) == isGood)
            }
            #expect(try await !store.hasInvitation([9], at: 100))
        }
    }

    @Test("A sign-up with an expired invitation is refused", arguments: Engine.allCases)
    func expiredInvitationIsNone(on engine: Engine) async throws {
        try await withStore(on: engine) { store, database in
            try await store.addInvitation(ticket, created: 100, expires: 200)
            #expect(await failure(of: invited("alice", at: 200), addedTo: store) == .notInvited)
            #expect(await failure(of: invited("alice", at: 199), addedTo: store) == nil)
        }
    }

    @Test("Adding an invitation deletes those that have expired", arguments: Engine.allCases)
    func expiredInvitationsAreDropped(on engine: Engine) async throws {
        try await withStore(on: engine) { store, database in
            try await store.addInvitation(ticket, created: 100, expires: 200)
            await #expect(throws: StoreError.exists) {
                try await store.addInvitation(ticket, created: 199, expires: 300)
            }
            try await store.addInvitation([2], created: 199, expires: 300)
            #expect(try await database.count("invitations") == 2)
            try await store.addInvitation(ticket, created: 200, expires: 400)
            #expect(try await database.count("invitations") == 2)
            try await store.addInvitation([3], created: 400, expires: 500)
            #expect(try await database.count("invitations") == 1)
        }
    }

    @Test("A sign-up with a taken name does not use up its invitation", arguments: Engine.allCases)
    func takenNameUsesUpNoInvitation(on engine: Engine) async throws {
        try await withStore(on: engine) { store, _ in
            try await store.addInvitation(ticket, created: 100, expires: 200)
            try await store.add(newAccount("alice"))
            #expect(await failure(of: invited("alice", at: 150), addedTo: store) == .exists)
            #expect(await failure(of: invited("bob", at: 150), addedTo: store) == nil)
        }
    }

    @Test("A sign-up that fails does not use up its invitation", arguments: Engine.allCases)
    func lostSignUpUsesUpNoInvitation(on engine: Engine) async throws {
        try await withStore(on: engine) { store, _ in
            try await store.addInvitation(ticket, created: 100, expires: 200)
            let twice = [key(of: "alice"), key(of: "alice")]
            #expect(await failure(of: invited("alice", at: 150, keys: twice), addedTo: store) != nil)
            #expect(await failure(of: invited("bob", at: 150), addedTo: store) == nil)
        }
    }

    /// The test uses two stores, because the outcome must not depend on the memory of one store.
    @Test("If four sign-ups use one invitation at once, one succeeds", arguments: Engine.allCases, 0..<5)
    func oneOfManyUsesTheInvitation(on engine: Engine, round: Int) async throws {
        try await withStore(on: engine) { first, database in
            let second = try database.open()
            try await first.addInvitation(ticket, created: 100, expires: 200)
            let failures = await withTaskGroup(of: StoreError?.self) { group in
                for (number, store) in [first, second, first, second].enumerated() {
                    group.addTask { await failure(of: invited("user-\(number)", at: 150), addedTo: store) }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(failures.count { $0 == nil } == 1)
            #expect(failures.count { $0 == .notInvited } == 3)
            #expect(try await second.accounts(after: nil, limit: 9).count == 1)
            try await second.close()
        }
    }

    @Test("A sign-up with keys under another root key is refused", arguments: Engine.allCases)
    func keysUnderAnotherRootKeyAreRefused(on engine: Engine) async throws {
        try await withStore(on: engine) { store, _ in
            #expect(try await store.setRootKeyID("root-2", replacing: nil))
            try await store.addInvitation(ticket, created: 100, expires: 200)
            #expect(await failure(of: invited("alice", at: 150), addedTo: store) == .rootChanged)
            #expect(try await store.account(named: "alice") == nil)
            #expect(try await store.setRootKeyID("root-1", replacing: "root-2"))
            #expect(await failure(of: invited("alice", at: 150), addedTo: store) == nil)
        }
    }

    @Test("Of several causes, a taken name is reported first, then a changed root key", arguments: Engine.allCases)
    func firstCauseIsTold(on engine: Engine) async throws {
        try await withStore(on: engine) { store, _ in
            try await store.add(newAccount("alice"))
            #expect(try await store.setRootKeyID("root-2", replacing: nil))
            #expect(await failure(of: invited("alice", at: 150), addedTo: store) == .exists)
            #expect(await failure(of: invited("bob", at: 150), addedTo: store) == .rootChanged)
        }
    }

    @Test("A signing key of an account is refused as a log-in key of a new account", arguments: Engine.allCases)
    func signingKeyOfAnAccountIsNoKeyToLogInWith(on engine: Engine) async throws {
        try await withStore(on: engine) { store, _ in
            try await store.add(newAccount("alice"))
            let known = try #require(try await store.key(of: "alice", purpose: .signing, version: 1)?.publicKey)
            func account(_ name: String, _ publicKey: [UInt8]) -> NewAccount {
                let login = LoginKey(publicKey: publicKey, comment: "", created: 7)
                return NewAccount(name: name, keys: [key(of: name, .signing)], created: 7, loginKey: login)
            }
            #expect(await failure(of: account("bob", known), addedTo: store) == .accountKey)
            #expect(await failure(of: account("alice", known), addedTo: store) == .exists)
            #expect(try await store.account(named: "bob") == nil)
            #expect(await failure(of: account("bob", ticket), addedTo: store) == nil)
        }
    }

    @Test("An account can have a log-in key instead of a password", arguments: Engine.allCases)
    func accountMayHaveAKeyInPlaceOfAPassword(on engine: Engine) async throws {
        try await withStore(on: engine) { store, _ in
            let login = LoginKey(publicKey: ticket, comment: "alice@laptop", created: 7)
            try await store.add(NewAccount(name: "alice", keys: [key(of: "alice")], created: 7, loginKey: login))
            #expect(try await store.loginKeys(of: "alice") == [login])
            let alice = try #require(try await store.account(named: "alice"))
            #expect(alice.password == nil)
            #expect(try await !store.rehash("new", of: "alice", replacing: "old"))
            #expect(try await store.setPassword("first", of: "alice", ifEpoch: 0))
            #expect(try await store.account(named: "alice")?.password == "first")
        }
    }

    private func invited(_ name: String, at now: Int64, keys: [AccountKey]? = nil) -> NewAccount {
        NewAccount(
            name: name, password: "$scrypt$", keys: keys ?? [key(of: name)], created: now, invitation: ticket)
    }
}
