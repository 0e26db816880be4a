/// SQLite's own shell, in a database of its own: a row at a time, each on disk before the next.
struct SQLite {
    private let program: String
    private let database: String
    private let script: String
    private let count: Int

    /// - Parameter count: rows that are inserted each time.
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

    /// Inserts a second, each a transaction.
    func insertRate() throws -> Double {
        let begin = Clock.now()
        let result = try Tool.run(program, ["-bail", database, ".read \(script)"])
        guard result.status == 0 else { throw LoadError("sqlite3: \(result.firstLine)") }
        return Double(count) / (Double(Clock.now() - begin) / 1e9)
    }
}
