import TestKit

@testable import Postgres

/// A PostgreSQL transaction on a connection of its own. It runs SQL and ends only when the test commits it.
final class LockHolder {
    private let connection: PostgresConnection

    init(_ database: PostgresDatabase, _ sql: String) throws {
        connection = try PostgresConnection(PostgresAddress(database.url), statementTimeout: .seconds(60))
        try connection.run(script: "BEGIN; \(sql)")
    }

    func commit() throws { try connection.run(script: "COMMIT") }
}
