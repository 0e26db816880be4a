/// A table of a site's database, as it is copied from one engine to another.
package struct SiteTable: Sendable {
    package enum Kind: Sendable {
        case integer, text, bytes
    }

    package struct Column: Sendable {
        package let name: String
        let kind: Kind

        /// The column in the order of rows: byte by byte for a text, whatever the database's locale is.
        fileprivate var order: SQLText { kind == .text ? "\(verbatim: name)\(.byBytes)" : "\(verbatim: name)" }
    }

    package let name: String
    /// The columns. Those of the primary key come first.
    package let columns: [Column]
    private let keyCount: Int
    /// The condition for the site's rows. The others are the same in every database, or say that a copy is under way.
    let condition: SQLText

    private init(
        _ name: String, key: KeyValuePairs<String, Kind>, _ rest: KeyValuePairs<String, Kind>,
        condition: SQLText = "1 = 1"
    ) {
        (self.name, self.condition, keyCount) = (name, condition, key.count)
        columns = (Array(key) + Array(rest)).map { Column(name: $0.key, kind: $0.value) }
    }

    /// The names of all columns, separated by commas.
    var columnNames: SQLText { Self.names(columns[...]) }

    /// The names of the key's columns, separated by commas.
    var keyNames: SQLText { Self.names(key) }

    private static func names(_ columns: ArraySlice<Column>) -> SQLText {
        "\(verbatim: columns.map(\.name).joined(separator: ", "))"
    }

    var key: ArraySlice<Column> { columns.prefix(keyCount) }

    /// The columns of the key, as rows are ordered by them.
    var order: [SQLText] { key.map(\.order) }

    /// Returns the statement that adds rows. A row that every database has gives way to the copied one.
    func insertion(of count: Int) -> SQLText {
        let replacing: SQLText = name == "site" ? "ON CONFLICT (name) DO UPDATE SET value = excluded.value" : ""
        let rows = SQLText.rows(count, of: columns.count)
        return "INSERT INTO \(verbatim: name) (\(columnNames)) VALUES \(rows) \(replacing)"
    }

    /// Returns the values of a row.
    static func values(_ row: any StoreRow, of columns: ArraySlice<Column>) throws(StoreError) -> SiteRow {
        var values: SiteRow = []
        for (index, column) in columns.enumerated() {
            guard !row.isNull(index) else {
                values.append(.null)
                continue
            }
            switch column.kind {
            case .integer: values.append(.integer(try row.value(index) as Int64))
            case .text: values.append(.text(try row.value(index)))
            case .bytes: values.append(.bytes(try row.value(index)))
            }
        }
        return values
    }

    /// All tables that a site has. Each refers only to those before it.
    package static let all = [
        SiteTable(
            "accounts", key: ["id": .integer],
            [
                "name": .text, "password": .text, "epoch": .integer, "created": .integer, "state": .text, "kind": .text,
                "forget_at": .integer,
            ]),
        SiteTable(
            "account_keys", key: ["account_id": .integer, "purpose": .text, "version": .integer],
            [
                "root_id": .text, "wrapped": .bytes, "public": .bytes, "created": .integer, "state": .text,
                "used": .integer,
            ]),
        SiteTable(
            "key_uses", key: ["account_id": .integer, "purpose": .text, "version": .integer, "day": .integer],
            ["uses": .integer]),
        SiteTable(
            "recovery_codes", key: ["account_id": .integer, "digest": .bytes],
            ["kind": .text, "created": .integer, "expires": .integer]),
        SiteTable(
            "login_keys", key: ["account_id": .integer, "public": .bytes],
            ["algorithm": .text, "comment": .text, "created": .integer]),
        SiteTable("invitations", key: ["digest": .bytes], ["created": .integer, "expires": .integer]),
        SiteTable(
            "login_failures", key: ["account": .text, "network": .text], ["failures": .integer, "last": .integer]),
        SiteTable("sign_ups", key: ["source": .text, "slot": .integer], ["accounts": .integer]),
        // Every database has a row for the root key, which is empty if there is none.
        SiteTable(
            "site", key: ["name": .text], ["value": .text],
            condition: "name <> '\(verbatim: CopyMark.name)' AND (name <> 'root-key' OR value <> '')"),
    ]
}

/// The values of a row, in the order of its table's columns.
package typealias SiteRow = [SQLValue]
