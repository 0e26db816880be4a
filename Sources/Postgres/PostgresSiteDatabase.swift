import Store

/// A PostgreSQL database that no server is connected to, on one connection. One that is copied from takes no writes as
/// long as this is there, and is read as it is at one moment.
package final class PostgresSiteDatabase: SiteDatabase {
    /// A statement may sort a whole table.
    private static let statementTimeout = Duration.seconds(3600)

    package let name: String
    private let connection: PostgresConnection
    /// Whether one transaction lasts for as long as this does.
    private let isSource: Bool

    /// - Throws: `.failed` while servers are connected to it, or where there are no tables of ours; `.unreachable`,
    ///   `.schemaTooNew`, `.unfinished`.
    package convenience init(source address: PostgresAddress) throws(OpenError) {
        try self.init(address, isSource: true) { connection in
            try PostgresSchema.update(on: connection)
            try PostgresSchema.requireFinished(on: connection)
            _ = try connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
            // Before the first look at a table, so that nothing is committed between the two.
            try connection.run(script: SQL.lock)
        }
    }

    /// Makes the tables if there are none.
    package convenience init(target address: PostgresAddress) throws(OpenError) {
        try self.init(address, isSource: false) { connection in
            do { try PostgresSchema.create(on: connection) } catch StoreError.exists {}
            try PostgresSchema.update(on: connection)
        }
    }

    private init(
        _ address: PostgresAddress, isSource: Bool, _ prepare: (PostgresConnection) throws -> Void
    ) throws(OpenError) {
        (name, self.isSource) = (address.description, isSource)
        do {
            connection = try PostgresConnection(address, statementTimeout: Self.statementTimeout)
            try PostgresServer.check(on: connection)
            try connection.run(script: SQL.session)
            guard try connection.execute(SQL.others).first == nil else {
                throw StoreError.failed("in use by a server or another claverod migrate; stop it first")
            }
            try prepare(connection)
        } catch {
            throw Self.error(error, name)
        }
    }

    // MARK: - The mark

    package func origin() throws -> String? {
        try naming { try connection.execute(CopyMark.find).first.map { row in try row.value { $0.text(0) } } }
    }

    package func begin(from origin: String) throws -> Bool {
        try inTransaction {
            try connection.run(script: SQL.lockMark)
            for table in SiteTable.all where try count(of: table) > 0 { return false }
            _ = try connection.execute(SQL.mark, [.text(origin)])
            return true
        }
    }

    package func beginAnew(from origin: String) throws {
        try inTransaction {
            for table in SiteTable.all.reversed() {
                _ = try connection.execute("DELETE FROM \(table.name) WHERE \(table.condition)")
            }
            _ = try connection.execute(SQL.mark, [.text(origin)])
        }
    }

    package func finish() throws {
        try inTransaction {
            // The ids came with the rows.
            _ = try connection.execute(SQL.nextID)
            _ = try connection.execute(SQL.noRootKey)
            _ = try connection.execute(CopyMark.drop)
        }
    }

    // MARK: - Rows

    package func rootKeyID() throws -> String? {
        let id = try naming { try connection.execute(SQL.rootKey).first?.text(0) }
        return id?.isEmpty == true ? nil : id
    }

    package func count(of table: SiteTable) throws -> Int {
        let sql = "SELECT count(*) FROM \(table.name) WHERE \(table.condition)"
        return Int(try naming { try connection.execute(sql).first?.integer(0) } ?? 0)
    }

    package func lastKey(of table: SiteTable) throws -> [SiteValue]? {
        let names = table.key.map(\.name).joined(separator: ", ")
        let order = table.key.map { "\(Self.ordered($0)) DESC" }.joined(separator: ", ")
        let sql = "SELECT \(names) FROM \(table.name) WHERE \(table.condition) ORDER BY \(order) LIMIT 1"
        return try naming { try connection.execute(sql).first.map { try Self.values($0, of: table.key) } }
    }

    /// By a cursor, as a read of each batch by its key would sort the table each time where its index has another order.
    package func rows(
        of table: SiteTable, after key: [SiteValue]?, batch: Int, _ body: ([SiteRow]) throws -> Void
    ) throws {
        let order = table.key.map(Self.ordered).joined(separator: ", ")
        let marks = (1...table.keyCount).map { "$\($0)" }.joined(separator: ", ")
        let sql = """
            DECLARE \(table.name)_copied NO SCROLL CURSOR FOR SELECT \(table.columnNames) FROM \(table.name)
            WHERE \(table.condition) \(key == nil ? "" : "AND (\(order)) > (\(marks))") ORDER BY \(order)
            """
        try inTransaction {
            _ = try connection.execute(sql, try (key ?? []).map(Self.parameter))
            while true {
                let found = try connection.execute("FETCH FORWARD \(batch) FROM \(table.name)_copied").rows
                guard !found.isEmpty else { break }
                try body(try found.map { row in try Self.values(row, of: table.columns[...]) })
            }
            _ = try connection.execute("CLOSE \(table.name)_copied")
        }
    }

    /// As one statement. The row for a root key that there is not gives way to the one that there is.
    package func insert(_ rows: [SiteRow], into table: SiteTable) throws {
        let width = table.columns.count
        let tuples = rows.indices.map { row in
            "(" + (1...width).map { "$\(row * width + $0)" }.joined(separator: ", ") + ")"
        }
        let sql = """
            INSERT INTO \(table.name) (\(table.columnNames)) VALUES \(tuples.joined(separator: ", "))
            \(table.name == "site" ? "ON CONFLICT (name) DO UPDATE SET value = excluded.value" : "")
            """
        try naming { _ = try connection.execute(sql, try rows.joined().map(Self.parameter)) }
    }

    /// Octet by octet, whatever the database's locale is.
    private static func ordered(_ column: (name: String, kind: SiteTable.Kind)) -> String {
        column.kind == .text ? "\(column.name) COLLATE \"C\"" : column.name
    }

    private static func values(
        _ row: PostgresRow, of columns: ArraySlice<(name: String, kind: SiteTable.Kind)>
    ) throws(StoreError) -> SiteRow {
        var values: SiteRow = []
        for (index, column) in columns.enumerated() {
            guard let octets = row.bytes(index) else {
                values.append(.null)
                continue
            }
            switch column.kind {
            case .integer: values.append(.integer(try row.value { $0.integer(index) }))
            case .text: values.append(.text(try row.value { $0.text(index) }))
            case .bytes: values.append(.bytes(octets))
            }
        }
        return values
    }

    private static func parameter(_ value: SiteValue) throws(StoreError) -> PostgresValue {
        switch value {
        case .null: .bytes(nil)
        case .integer(let integer): .integer(integer)
        case .text(let text): .text(text)
        case .bytes(let bytes): .bytes(bytes)
        }
    }

    // MARK: - Transactions and errors

    private func inTransaction<Value>(_ work: () throws -> Value) throws -> Value {
        try naming {
            guard !isSource else { return try work() }
            _ = try connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
            do {
                let value = try work()
                guard try connection.execute("COMMIT").tag == "COMMIT" else { throw StoreError.busy }
                return value
            } catch {
                _ = try? connection.execute("ROLLBACK")
                throw error
            }
        }
    }

    private func naming<Value>(_ work: () throws -> Value) throws -> Value {
        do { return try work() } catch { throw Self.error(error, name) }
    }

    /// An error of another database, which is worked on while this one is read, is left as it is.
    private static func error(_ error: any Error, _ name: String) -> OpenError {
        switch error {
        case let error as OpenError: error
        case let error as StoreError: OpenError(path: name, cause: error)
        case let error as PostgresFailure: OpenError(path: name, cause: StoreError(error))
        default: OpenError(path: name, cause: .failed("unexpected \(type(of: error))"))
        }
    }
}

private enum SQL {
    /// One whose process was killed is gone a second later, where the server can look for that while it works.
    static let session = """
        SET application_name = '\(PostgresAddress.program) migrate';
        SET idle_in_transaction_session_timeout = 0;
        SELECT set_config(name, '1s', false) FROM pg_settings WHERE name = 'client_connection_check_interval'
        """
    static let others = """
        SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
            AND application_name LIKE '\(PostgresAddress.program)%' LIMIT 1
        """
    /// Whoever writes waits, and gives up.
    static let lock = """
        SET LOCAL lock_timeout = '10s';
        LOCK TABLE \(SiteTable.all.map(\.name).joined(separator: ", ")) IN SHARE MODE
        """
    static let lockMark = """
        SET LOCAL lock_timeout = '10s';
        LOCK TABLE site IN SHARE ROW EXCLUSIVE MODE
        """
    static let mark = """
        INSERT INTO site (name, value) VALUES ('\(CopyMark.name)', $1)
        ON CONFLICT (name) DO UPDATE SET value = excluded.value
        """
    /// Its row has to be there, also where there is none.
    static let noRootKey = "INSERT INTO site (name, value) VALUES ('root-key', '') ON CONFLICT (name) DO NOTHING"
    static let rootKey = "SELECT value FROM site WHERE name = 'root-key'"
    static let nextID = """
        SELECT setval(pg_get_serial_sequence('accounts', 'id'), greatest(max(id), 1), max(id) IS NOT NULL) FROM accounts
        """
}
