import Seal
import Store
import TestKit
import Testing
import Wire

@Suite("The gate with a failing store")
struct GateTests {
    /// A call of the store's driver that fails.
    enum Call: Sendable {
        case accounts, keys, add, setPassword

        func fail(_ driver: FaultyDriver, with error: StoreError) {
            switch self {
            case .accounts: driver.fail(.find, .error(error, table: "accounts WHERE"))
            case .keys: driver.fail(.find, .error(error, table: "accounts a JOIN account_keys"))
            case .add: driver.fail(.add, .error(error))
            case .setPassword: driver.fail(.setPassword, .error(error))
            }
        }
    }

    /// Requests that make each call of the store. `SEALED` and `SIGNATURE` are replaced by what the session made
    /// before.
    private static let requests: [(Call, String)] = [
        (.accounts, "WHOAMI"), (.accounts, "LOGIN alice \"correct horse\""),
        (.accounts, "SIGNUP bob \"correct horse\""),
        (.add, "SIGNUP bob \"correct horse\""), (.keys, "SIGN hello"), (.keys, "PUBKEY alice"),
        (.keys, "ENCRYPT hello"), (.keys, "DECRYPT SEALED"), (.keys, "VERIFY SIGNATURE hello"),
        (.setPassword, "PASSWD \"correct horse\" \"battery staple\""),
    ]

    /// The replies that clavero-protocol(7) lists under "Refusals common to all commands".
    private static let replies: [(StoreError, String)] = [
        (.busy, "451 4.3.0 The database is busy; try again"),
        (.full, "452 4.3.1 The disk is full; nothing was changed"),
        (.readOnly, "451 4.3.5 The database cannot be written; nothing was changed"),
        (.missing, "451 4.3.5 The database file is gone; nothing was changed"),
        (.corrupt, "451 4.3.5 The database is damaged; ask the operator"),
        (.exists, "451 4.3.0 Internal error; the server's log has it"),
        (.schemaTooNew, "451 4.3.0 Internal error; the server's log has it"),
        (.closed, "451 4.3.0 Internal error; the server's log has it"),
        (.failed("disk I/O error"), "451 4.3.0 Internal error; the server's log has it"),
    ]

    @Test("Each error has its own temporary reply and one log message, and the session continues", arguments: requests)
    func store(_ call: Call, _ request: String) async throws {
        for (error, reply) in Self.replies {
            let isTaken = call == .add && error == .exists
            let bench = try Bench { FaultyDriver($0, tellsMark: false) }
            let driver = try #require(bench.store.driver as? FaultyDriver)
            let session = try await bench.session()
            let line = try await Self.prepared(request, session)
            call.fail(driver, with: error)
            #expect(try await session.ask(line) == (isTaken ? "550 5.7.1 The name is taken" : reply))
            #expect(bench.reports == (isTaken ? [] : ["\(request.prefix { $0 != " " }): \(error)"]))
            driver.work()
            #expect(try await session.ask("WHOAMI") == "250 2.0.0 alice")
            #expect(try await session.ask(line).hasPrefix("2"), "\(line) after \(error)")
        }
    }

    /// Signs up and logs in, and fills the request with a message and a signature that the session has made.
    private static func prepared(_ request: String, _ session: Conversation) async throws -> String {
        #expect(try await session.ask("SIGNUP alice \"correct horse\"") == "250 2.0.0 alice signed up, key 1")
        #expect(try await session.ask("LOGIN alice \"correct horse\"") == "235 2.7.0 Logged in as alice")
        let sealed = try await session.ask("ENCRYPT hello").dropFirst(10)
        let signature = try await session.ask("SIGN hello").dropFirst(10)
        return request.replacing("SEALED", with: sealed).replacing("SIGNATURE", with: signature)
    }
}
