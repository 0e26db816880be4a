import Foundation
import Store
import TestKit
import Testing

@Suite("Codes and delayed forgetting after a restore", .timeLimit(.minutes(5))) struct RestoredCodeTests {
    /// A code may have been used after the copy was made, and ENABLE may have kept an account from being forgotten.
    @Test("A restore removes all codes, and leaves a week before an account is forgotten", arguments: [true, false])
    func nothingThatEndedComesBack(isLive: Bool) async throws {
        try await withStore { store, path in
            for name in ["alice", "bob", "carol"] { try await store.add(newAccount(name)) }
            #expect(try await store.setRecoveryCodes([[1], [2]], of: "alice", ifEpoch: 0, created: 1))
            _ = try await store.addResetCode([3], of: "alice", dropsKeys: true, created: 1, expires: .max)
            #expect(try await store.forgetLater("bob", at: 100))
            #expect(try await store.forgetLater("carol", at: 1 << 40))
            try SQLiteBackup.write(of: path, to: path + ".copy")
            #expect(try await store.setPassword("new", of: "alice", usingUp: [1], at: 1) == 1)

            let target = isLive ? path : path + ".lost"
            try restore(target, from: path + ".copy")
            let restored = try Store(file: target)
            #expect(try await count("recovery_codes", in: target) == 0)
            let week = Int64(Date().timeIntervalSince1970) + 7 * 86_400
            let bob = try #require(try await restored.account(named: "bob"))
            let time = try #require(bob.forgetAt)
            #expect(bob.state == .disabled && (week - 3600...week).contains(time))
            #expect(try await restored.account(named: "carol")?.forgetAt == 1 << 40)
            #expect(try await restored.account(named: "alice")?.forgetAt == nil)
            try await restored.close()
        }
    }
}
