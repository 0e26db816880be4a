import Foundation
import Store

/// What the server of a database has to be.
enum PostgresServer {
    /// As the server numbers it: 12.
    private static let oldest = 120_000

    /// - Throws: `.failed` for a release that is too old, and for a standby.
    static func check(on connection: PostgresConnection) throws {
        try check(version: connection.execute("SHOW server_version_num").first?.text(0))
        guard try !isReadOnly(on: connection) else {
            throw StoreError.failed("is a standby, or read-only: the server that takes writes is needed")
        }
    }

    /// - Parameter version: what `server_version_num` says: 150004 for 15.4.
    static func check(version: String?) throws(StoreError) {
        guard let number = version.flatMap({ Int($0) }), number >= oldest else {
            let found = version.flatMap { Int($0) }.map { "\($0 / 10000)" } ?? "unknown"
            throw .failed("its server is of release \(found), where 12 or a later one is needed")
        }
    }

    private static func isReadOnly(on connection: PostgresConnection) throws -> Bool {
        try connection.execute("SHOW transaction_read_only").first?.text(0) == "on"
    }
}

extension PostgresStore {
    package func examine() async throws(StoreError) -> StoreExamination {
        try await examining { session, deadline throws(StoreError) in
            try session.read(until: deadline) { transaction in
                StoreExamination(
                    rootKeyID: try Self.rootKeyID(in: transaction),
                    clockDifference: try Self.clockDifference(in: transaction))
            }
        }
    }

    /// A transaction that leaves its mark (`CommitMark`) and nothing else.
    package func examineWrites() async throws(StoreError) {
        try await examining { session, deadline throws(StoreError) in
            try session.write(until: deadline) { _ in }
        }
    }

    private static func clockDifference(in transaction: PostgresTransaction) throws -> Duration {
        let before = Date().timeIntervalSince1970
        guard let row = try transaction.row(SQL.clock) else { throw StoreError.corrupt }
        let (theirs, isReadOnly) = (try row.value { $0.integer(0) }, try row.value { $0.boolean(1) })
        guard !isReadOnly else { throw StoreError.readOnly }
        // The answer was given somewhere between the two.
        let ours = (before + Date().timeIntervalSince1970) / 2
        return .milliseconds(Int64(ours * 1000) - theirs)
    }
}

private enum SQL {
    /// In milliseconds.
    static let clock = """
        SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT),
            current_setting('transaction_read_only') = 'on'
        """
}
