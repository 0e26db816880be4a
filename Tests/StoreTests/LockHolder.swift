import TestKit

@testable import Postgres

/// Another transaction, which has locked the accounts and does not end by itself.
final class LockHolder {
    private let connection: PostgresConnection

    init(_ database: PostgresDatabase) throws {
        connection = try PostgresConnection(PostgresAddress(database.url), statementTimeout: .seconds(60))
        try connection.run(script: "BEGIN; LOCK TABLE accounts")
    }

    func end() throws { try connection.run(script: "ROLLBACK") }
}
