import TestKit

@testable import Postgres

/// Another transaction, which has done something and does not end by itself.
final class LockHolder {
    private let connection: PostgresConnection

    init(_ database: PostgresDatabase, _ sql: String) throws {
        connection = try PostgresConnection(PostgresAddress(database.url), statementTimeout: .seconds(60))
        try connection.run(script: "BEGIN; \(sql)")
    }

    func commit() throws { try connection.run(script: "COMMIT") }
}
