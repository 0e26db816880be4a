import Store
import TestKit
import Testing

@testable import Postgres

/// Tests of servers that cannot be used at all or for some time.
@Suite("PostgreSQL servers that cannot be used", .timeLimit(.minutes(5))) struct PostgresServerTests {
    private static let impatient = PostgresDriver.Settings(statementTimeout: .seconds(5), patience: .milliseconds(300))

    /// The part of a URL that accepts any server, which is not the default.
    private static let any = "&target_session_attrs=any"

    @Test(
        "A server of a release before 12 is refused",
        arguments: [("110022", "11"), ("90600", "9"), ("", "unknown"), (nil, "unknown")])
    func oldReleaseIsRefused(version: String?, name: String) throws {
        let error = #expect(throws: StoreError.self) { try PostgresServer.check(version: version) }
        #expect(error == .failed("its server has release \(name), but release 12 or later is needed"))
        for version in ["120000", "150004", "180001"] { try PostgresServer.check(version: version) }
    }

    @Test("An unknown user is named in the error")
    func userThatIsNotThereIsNamed() async throws {
        try await withDatabase { database in
            let reason = try reason(opening: database.url(user: "nobody-here"))
            #expect(reason.contains("role \"nobody-here\" does not exist"))
        }
    }

    /// A server that was made read-only reports the same state as a standby.
    @Test("A standby or a read-only server is refused")
    func standbyIsRefused() async throws {
        try await withDatabase { database in
            try await database.run("ALTER DATABASE \(database.name) SET default_transaction_read_only = on")
            #expect(try reason(opening: database.url).hasSuffix("session is read-only"))
            let reason = try reason(opening: database.url(Self.any))
            #expect(reason.hasSuffix(": is a standby or read-only; use the server that takes writes"))
            let error = #expect(throws: OpenError.self) {
                try PostgresDriver.create(at: PostgresAddress(database.url(Self.any)))
            }
            #expect(error.map { "\($0)".hasSuffix("use the server that takes writes") } == true)
        }
    }

    /// The server behaves like a primary that becomes a standby and later becomes a primary again.
    @Test("Writes are refused while the server is read-only, and accepted again afterwards", arguments: [any, ""])
    func whoTakesNoWritesForAWhileIsAskedAgain(attributes: String) async throws {
        try await withDatabase { database in
            let store = try Store(
                at: PostgresAddress(database.url(attributes)), settings: Self.impatient)
            try await store.add(newAccount("alice"))
            #expect(try await store.examine().clockDifference != nil)
            try await database.run("ALTER DATABASE \(database.name) SET default_transaction_read_only = on")
            try await database.endConnections()
            let refusal = await failure(of: newAccount("bob"), addedTo: store)
            let health = await #expect(throws: StoreError.self) { try await store.examine() }
            if attributes.isEmpty {
                guard case .unreachable(let reason) = refusal else { throw Mismatch("\(refusal as Any)") }
                #expect(reason.hasSuffix("session is read-only"))
            } else {
                #expect(refusal == .readOnly && health == .readOnly)
                #expect(try await store.account(named: "alice") != nil)
            }
            try await database.run("SET TRANSACTION READ WRITE; ALTER DATABASE \(database.name) RESET ALL")
            // A store that is already connected must find out by itself that the server accepts writes again.
            #expect(await failure(of: newAccount("carol"), addedTo: store) == nil)
            #expect(try await database.run("SELECT string_agg(name, ' ' ORDER BY name) FROM accounts") == "alice carol")
            try await store.close()
        }
    }

    @Test("The difference between the clocks of the server and this machine is measured")
    func clocksAreCompared() async throws {
        try await withDatabase { database in
            let store = try Store(at: PostgresAddress(database.url), settings: .patient)
            let difference = try #require(try await store.examine().clockDifference)
            #expect(.seconds(-30) < difference && difference < .seconds(30))
            try await store.close()
            // The search path makes the server find this function before its own.
            try await database.run(
                """
                CREATE FUNCTION clock_timestamp() RETURNS timestamptz LANGUAGE sql AS
                $$ SELECT pg_catalog.clock_timestamp() + INTERVAL '1 hour' $$
                """)
            let late = try Store(
                at: PostgresAddress(database.url("%2Cpg_catalog")), settings: .patient)
            let hour = try #require(try await late.examine().clockDifference)
            #expect(.seconds(-3630) < hour && hour < .seconds(-3570))
            try await late.close()
        }
    }
}
