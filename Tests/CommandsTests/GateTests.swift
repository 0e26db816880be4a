import Seal
import Store
import TestKit
import Testing
import Wire

@Suite("The gate, before a store that fails")
struct GateTests {
    /// A request for each call that a store has. `SEALED` and `SIGNATURE` stand for what the session made before.
    private static let requests: [(FailingStore.Method, String)] = [
        (.account, "WHOAMI"), (.account, "LOGIN alice \"correct horse\""), (.account, "SIGNUP bob \"correct horse\""),
        (.add, "SIGNUP bob \"correct horse\""), (.keysOf, "SIGN hello"), (.keysOf, "PUBKEY alice"),
        (.keysOf, "ENCRYPT hello"), (.keysOf, "DECRYPT SEALED"), (.keysOf, "VERIFY SIGNATURE hello"),
        (.setPassword, "PASSWD \"correct horse\" \"battery staple\""),
    ]

    /// What clavero-protocol(7) has under "Refusals common to all commands".
    private static let replies: [(StoreError, String)] = [
        (.busy, "451 4.3.0 The database is busy; try again"),
        (.full, "452 4.3.1 The disk is full; nothing was changed"),
        (.readOnly, "451 4.3.5 The database cannot be written; nothing was changed"),
        (.missing, "451 4.3.5 The database file is gone; nothing was changed"),
        (.corrupt, "451 4.3.5 The database is damaged; the operator has to look"),
        (.exists, "451 4.3.0 Internal error; the server's log has it"),
        (.schemaTooNew, "451 4.3.0 Internal error; the server's log has it"),
        (.closed, "451 4.3.0 Internal error; the server's log has it"),
        (.failed("disk I/O error"), "451 4.3.0 Internal error; the server's log has it"),
    ]

    @Test("Each error is its own temporary reply, told to the log once, and the session goes on", arguments: requests)
    func store(_ method: FailingStore.Method, _ request: String) async throws {
        for (error, reply) in Self.replies {
            let isTaken = method == .add && error == .exists
            let bench = try Bench(wrapping: FailingStore.init)
            let store = try #require(bench.store as? FailingStore)
            let session = try await bench.session()
            let line = try await Self.prepared(request, session)
            store.fail(method, with: error)
            #expect(try await session.ask(line) == (isTaken ? "550 5.7.1 The name is taken" : reply))
            #expect(bench.reports == (isTaken ? [] : ["\(request.prefix { $0 != " " }): \(error)"]))
            store.work()
            #expect(try await session.ask("WHOAMI") == "250 2.0.0 alice")
            #expect(try await session.ask(line).hasPrefix("2"), "\(line) after \(error)")
        }
    }

    /// Signs up and logs in, and puts into the request what this session can make.
    private static func prepared(_ request: String, _ session: Conversation) async throws -> String {
        #expect(try await session.ask("SIGNUP alice \"correct horse\"") == "250 2.0.0 alice signed up, key 1")
        #expect(try await session.ask("LOGIN alice \"correct horse\"") == "235 2.7.0 Logged in as alice")
        let sealed = try await session.ask("ENCRYPT hello").dropFirst(10)
        let signature = try await session.ask("SIGN hello").dropFirst(10)
        return request.replacing("SEALED", with: sealed).replacing("SIGNATURE", with: signature)
    }
}
