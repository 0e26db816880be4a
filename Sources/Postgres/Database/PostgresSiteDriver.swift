import Store

/// A PostgreSQL database that no server is connected to, on one connection. A database that is copied from takes no writes
/// for as long as this exists, and is read as it is at one moment.
final class PostgresSiteDriver: SiteDriver {
    /// The time that a statement has, which may sort a whole table.
    private static let statementTimeout = Duration.seconds(3600)

    private static let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ"

    let name: String
    private let connection: PostgresConnection
    /// Whether one transaction lasts for as long as this exists.
    private let isSource: Bool

    /// Makes the tables of a target if there are none.
    init(_ address: PostgresAddress, isSource: Bool) throws(OpenError) {
        (name, self.isSource) = (address.description, isSource)
        do {
            connection = try PostgresConnection(address, statementTimeout: Self.statementTimeout)
            try PostgresServer.check(on: connection)
            try connection.run(script: SQL.session)
            guard try connection.execute(SQL.others).first == nil else {
                throw StoreError.failed("in use by a server or another claverod migrate; stop it first")
            }
            if isSource {
                try PostgresSchema.update(on: connection)
                try PostgresSchema.requireFinished(on: connection)
                _ = try connection.execute(Self.begin)
                // The lock comes before the first look at a table, so that nothing is committed between the two.
                try connection.run(script: SQL.lock)
            } else {
                do { try PostgresSchema.create(on: connection) } catch StoreError.exists {}
                try PostgresSchema.update(on: connection)
            }
        } catch {
            throw OpenError(path: address.description, cause: StoreError(error))
        }
    }

    func transaction<Value>(_ work: (any StoreConnection) throws -> Value) throws -> Value {
        guard !isSource else { return try work(connection) }
        return try connection.transaction(Self.begin) { try work(connection) }
    }

    /// Uses a cursor. A read of each batch by its key would sort the table each time if its index has another order.
    func visit(_ text: SQLText, _ arguments: [SQLValue], batch: Int, _ body: (any StoreRow) throws -> Void) throws {
        try transaction { _ in
            _ = try connection.execute("DECLARE copied NO SCROLL CURSOR FOR \(text.postgres)", arguments)
            while true {
                let rows = try connection.execute("FETCH FORWARD \(batch) FROM copied").rows
                guard !rows.isEmpty else { break }
                for row in rows { try body(row) }
            }
            _ = try connection.execute("CLOSE copied")
        }
    }

    func lockMark(on connection: any StoreConnection) throws { try self.connection.run(script: SQL.lockMark) }

    /// The ids came with the rows, so the server does not know the next one.
    func finish(on connection: any StoreConnection) throws { _ = try self.connection.execute(SQL.nextID) }

    func cause(of error: any Error) -> StoreError { StoreError(error) }
}

extension SiteDatabase {
    /// Opens a PostgreSQL database from which a site is copied.
    /// - Throws: `.failed` while servers are connected to it, or if there are no tables of ours; `.unreachable`,
    ///   `.schemaTooNew`, `.unfinished`.
    package convenience init(source address: PostgresAddress) throws(OpenError) {
        self.init(try PostgresSiteDriver(address, isSource: true))
    }

    /// Opens a PostgreSQL database into which a site is copied, and makes the tables if there are none.
    package convenience init(target address: PostgresAddress) throws(OpenError) {
        self.init(try PostgresSiteDriver(address, isSource: false))
    }
}

private enum SQL {
    /// A session whose process was killed ends a second later, if the server can look for that while it works.
    static let session = """
        SET application_name = '\(PostgresAddress.program) migrate';
        SET idle_in_transaction_session_timeout = 0;
        SELECT set_config(name, '1s', false) FROM pg_settings WHERE name = 'client_connection_check_interval'
        """
    static let others = """
        SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
            AND application_name LIKE '\(PostgresAddress.program)%' LIMIT 1
        """
    /// Another program that writes is waited for, up to ten seconds.
    static let lock = """
        SET LOCAL lock_timeout = '10s';
        LOCK TABLE \(SiteTable.all.map(\.name).joined(separator: ", ")) IN SHARE MODE
        """
    static let lockMark = """
        SET LOCAL lock_timeout = '10s';
        LOCK TABLE site IN SHARE ROW EXCLUSIVE MODE
        """
    static let nextID = """
        SELECT setval(pg_get_serial_sequence('accounts', 'id'), greatest(max(id), 1), max(id) IS NOT NULL) FROM accounts
        """
}
