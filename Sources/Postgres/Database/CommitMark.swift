import Store

/// A trace of a transaction, by which one can find out whether it was committed if the connection was lost before the
/// server had answered: a row of `writes` with an id of its own.
///
/// To find out, a session inserts a row with the same id. It has to wait for the transaction if that is still under way.
/// Then one of the two rows exists, and if it is the session's, the transaction has ended for good: nothing is guessed,
/// and nothing can happen after the answer.
struct CommitMark {
    private let id = SQLValue.bytes((0..<16).map { _ in UInt8.random(in: 0...255) })

    /// Leaves the mark, as the first statement of a transaction.
    func leave(on connection: PostgresConnection) throws(PostgresFailure) {
        _ = try connection.execute(SQL.leave, [id])
    }

    /// Returns whether the transaction that left the mark was committed; if not, it never will be. Runs outside of a
    /// transaction.
    func isThere(on connection: PostgresConnection) throws(PostgresFailure) -> Bool {
        _ = try connection.execute(SQL.bar, [id])
        guard let isCommitted = try connection.execute(SQL.find, [id]).first?.boolean(0) else {
            throw .lost("the table of writes was emptied")
        }
        return isCommitted
    }

    /// Drops marks that are so old, by the server's clock, that nobody asks for them any more.
    static func prune(on connection: PostgresConnection) throws(PostgresFailure) {
        _ = try connection.execute(SQL.prune)
    }

    private enum SQL {
        static let leave = "INSERT INTO writes (id, committed) VALUES ($1, true)"
        static let bar = "INSERT INTO writes (id, committed) VALUES ($1, false) ON CONFLICT (id) DO NOTHING"
        static let find = "SELECT committed FROM writes WHERE id = $1"
        static let prune = "DELETE FROM writes WHERE made < CURRENT_TIMESTAMP - INTERVAL '1 hour'"
    }
}
