/// What a transaction leaves behind by which one can find out whether it was committed, when the connection was lost
/// before the server had answered: a row of `writes` with an id of its own.
///
/// Whoever asks puts a row of the same id there himself. He has to wait for the transaction if it is still under way;
/// then the one row or the other is there, and if it is his, the transaction has ended for good: nothing is guessed, and
/// nothing can happen after the answer.
struct CommitMark {
    private let id = (0..<16).map { _ in UInt8.random(in: 0...255) }

    /// As the first of a transaction.
    func leave(on connection: PostgresConnection) throws(PostgresFailure) {
        _ = try connection.execute(SQL.leave, [.bytes(id)])
    }

    /// Outside of a transaction. Whether the one that left the mark was committed; if not, it never will be.
    func isThere(on connection: PostgresConnection) throws(PostgresFailure) -> Bool {
        _ = try connection.execute(SQL.bar, [.bytes(id)])
        guard let isCommitted = try connection.execute(SQL.find, [.bytes(id)]).first?.boolean(0) else {
            throw .lost("the table of writes was emptied")
        }
        return isCommitted
    }

    /// Drops those that are so old that nobody asks for them any more, by the server's clock.
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
