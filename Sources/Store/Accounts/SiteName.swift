/// The issuer name in the site's tokens, as the server that issues them has recorded it.
extension Store {
    /// Returns the name; nil if no server has recorded one.
    package func siteName() async throws(StoreError) -> String? {
        try await read { connection in
            try connection.one(SQL.find, []) { row in try row.value(0) as String }
        }
    }

    /// Records the name.
    package func setSiteName(_ name: String) async throws(StoreError) {
        try await write { connection in _ = try connection.change(SQL.set, [.text(name)]) }
    }
}

private enum SQL {
    static let find: SQLText = "SELECT value FROM site WHERE name = 'issuer'"
    static let set: SQLText = """
        INSERT INTO site (name, value) VALUES ('issuer', ?1)
        ON CONFLICT (name) DO UPDATE SET value = excluded.value
        """
}
