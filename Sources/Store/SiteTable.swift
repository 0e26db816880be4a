/// A table of a site's database, as it is copied from one engine to another: in SQL that the engines share.
package struct SiteTable: Sendable {
    package enum Kind: Sendable {
        case integer, text, bytes
    }

    package let name: String
    /// Those of the primary key first.
    package let columns: [(name: String, kind: Kind)]
    package let keyCount: Int
    /// Which rows are the site's. The others are an engine's own, or say that a copy is under way.
    package let condition: String

    private init(_ name: String, key: KeyValuePairs<String, Kind>, _ rest: KeyValuePairs<String, Kind>) {
        self.init(name, key: key, rest, condition: "1 = 1")
    }

    private init(
        _ name: String, key: KeyValuePairs<String, Kind>, _ rest: KeyValuePairs<String, Kind>, condition: String
    ) {
        (self.name, self.condition, keyCount) = (name, condition, key.count)
        columns = (Array(key) + Array(rest)).map { (name: $0.key, kind: $0.value) }
    }

    package var columnNames: String { columns.map(\.name).joined(separator: ", ") }

    package var key: ArraySlice<(name: String, kind: Kind)> { columns.prefix(keyCount) }

    /// All that a site has. Each refers only to those before it.
    package static let all = [
        SiteTable(
            "accounts", key: ["id": .integer],
            ["name": .text, "password": .text, "epoch": .integer, "created": .integer, "state": .text]),
        SiteTable(
            "account_keys", key: ["account_id": .integer, "purpose": .text, "version": .integer],
            ["root_id": .text, "wrapped": .bytes, "public": .bytes, "created": .integer]),
        SiteTable(
            "login_keys", key: ["account_id": .integer, "public": .bytes], ["comment": .text, "created": .integer]),
        SiteTable("invitations", key: ["digest": .bytes], ["created": .integer, "expires": .integer]),
        SiteTable(
            "login_failures", key: ["account": .text, "network": .text], ["failures": .integer, "last": .integer]),
        SiteTable("sign_ups", key: ["source": .text, "slot": .integer], ["accounts": .integer]),
        // An engine may have a row for a root key that there is not.
        SiteTable(
            "site", key: ["name": .text], ["value": .text],
            condition: "name <> '\(CopyMark.name)' AND (name <> 'root-key' OR value <> '')"),
    ]
}

/// What stands in a column. Two are equal if the same octets are stored.
package enum SiteValue: Sendable, Equatable {
    case null
    case integer(Int64)
    case text(String)
    case bytes([UInt8])
}

/// The values of a row, in the order of its table's columns.
package typealias SiteRow = [SiteValue]
