import Foundation
import Store

/// The server of a database: what it has to be, and what its clock says.
enum PostgresServer {
    /// The oldest release, 12, as the server numbers it.
    private static let oldest = 120_000

    /// - Throws: `.failed` for a release that is too old, and for a standby.
    static func check(on connection: PostgresConnection) throws {
        try check(version: connection.execute("SHOW server_version_num").first?.text(0))
        guard try connection.execute("SHOW transaction_read_only").first?.text(0) != "on" else {
            throw StoreError.failed("is a standby or read-only; use the server that takes writes")
        }
    }

    /// - Parameter version: The value of `server_version_num`: 150004 for 15.4.
    static func check(version: String?) throws(StoreError) {
        guard let number = version.flatMap({ Int($0) }), number >= oldest else {
            let found = version.flatMap { Int($0) }.map { "\($0 / 10000)" } ?? "unknown"
            throw .failed("its server has release \(found), but release 12 or later is needed")
        }
    }

    /// Returns the time by which this machine's clock is ahead of the server's.
    /// - Throws: `.readOnly` if the server no longer takes writes.
    static func clockDifference(on connection: PostgresConnection) throws -> Duration {
        let before = Date().timeIntervalSince1970
        guard let row = try connection.execute(clock).first, let isReadOnly = row.boolean(1) else {
            throw StoreError.corrupt
        }
        let theirs: Int64 = try row.value(0)
        guard !isReadOnly else { throw StoreError.readOnly }
        // The server answered at some moment between the two.
        let ours = (before + Date().timeIntervalSince1970) / 2
        return .milliseconds(Int64(ours * 1000) - theirs)
    }

    /// The time is in milliseconds.
    private static let clock = """
        SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT),
            current_setting('transaction_read_only') = 'on'
        """
}
