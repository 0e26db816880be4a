/// SQLite's own shell with a database of its own. It inserts one row at a time, each on disk before the next.
struct SQLite {
    private let program: String
    private let database: String
    private let script: String
    private let count: Int

    /// Creates the database and the script.
    ///
    /// - Parameter count: The number of rows that each run inserts.
    /// - Throws: `MissingPeer` if sqlite3 is not installed.
    init(_ conditions: Conditions, count: Int) throws {
        guard let program = Tool.find("sqlite3") else { throw MissingPeer(name: "sqlite3") }
        (self.program, self.count) = (program, count)
        (database, script) = (conditions.newPath("sqlite"), conditions.newPath("insert"))
        let table = "CREATE TABLE account (name TEXT PRIMARY KEY, key BLOB)"
        let made = try Tool.run(program, [database, "PRAGMA journal_mode = WAL; \(table);"])
        guard made.status == 0 else { throw LoadError("sqlite3: \(made.firstLine)") }
        let insert = "INSERT INTO account VALUES (hex(randomblob(16)), randomblob(200));"
        let lines = ["PRAGMA synchronous = FULL;"] + Array(repeating: insert, count: count)
        try TextFile.write(lines.joined(separator: "\n") + "\n", to: script)
    }

    /// Returns the inserts a second. Each insert is a transaction.
    func insertRate() throws -> Double {
        let begin = Clock.now()
        let result = try Tool.run(program, ["-bail", database, ".read \(script)"])
        guard result.status == 0 else { throw LoadError("sqlite3: \(result.firstLine)") }
        return Double(count) / (Double(Clock.now() - begin) / 1e9)
    }
}
