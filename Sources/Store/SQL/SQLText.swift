/// The text of a statement, as each of the engines takes it.
///
/// All engines share the literal parts. `?1` stands for the first argument. A word of the dialect stands for
/// what the engines write differently:
///
///     let holder: SQLText = "SELECT id FROM accounts WHERE name = ?1 \(.forUpdate)"
package struct SQLText: Sendable, ExpressibleByStringInterpolation {
    package let sqlite: String
    package let postgres: String

    package init(sqlite: String, postgres: String) {
        (self.sqlite, self.postgres) = (sqlite, postgres)
    }

    package init(stringLiteral text: String) {
        self.init(sqlite: text, postgres: text.replacing("?", with: "$"))
    }

    package init(stringInterpolation text: StringInterpolation) {
        self.init(sqlite: text.sqlite, postgres: text.postgres)
    }

    package struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var sqlite = ""
        fileprivate var postgres = ""

        package init(literalCapacity: Int, interpolationCount: Int) {}

        package mutating func appendLiteral(_ text: String) { append(SQLText(stringLiteral: text)) }

        /// Appends a part of the statement, such as a word of the dialect.
        package mutating func appendInterpolation(_ part: SQLText) { append(part) }

        /// Appends text that is the same for all engines. It must never contain a value.
        package mutating func appendInterpolation(verbatim text: String) {
            append(SQLText(sqlite: text, postgres: text))
        }

        private mutating func append(_ part: SQLText) {
            sqlite += part.sqlite
            postgres += part.postgres
        }
    }
}

extension SQLText {
    /// Returns the mark of an argument, by its number from 1 on.
    package static func argument(_ number: Int) -> SQLText { SQLText(stringLiteral: "?\(number)") }

    /// Returns the list `(?1, ?2, …)` of `count` arguments, numbered from `first` on.
    package static func list(_ count: Int, from first: Int = 1) -> SQLText {
        SQLText(stringLiteral: "(" + (first..<(first + count)).map { "?\($0)" }.joined(separator: ", ") + ")")
    }

    /// Returns the lists of several rows, separated by commas: `(?1, ?2), (?3, ?4)`. The numbers begin with `first`.
    package static func rows(_ count: Int, of width: Int, from first: Int = 1) -> SQLText {
        joined((0..<count).map { list(width, from: $0 * width + first) }, by: ", ")
    }

    /// Returns the parts as one text, with the separator between them.
    package static func joined(_ parts: [SQLText], by separator: String) -> SQLText {
        SQLText(
            sqlite: parts.map(\.sqlite).joined(separator: separator),
            postgres: parts.map(\.postgres).joined(separator: separator))
    }
}

/// Statements that differ only in how many values they take. The first ones are made once.
struct SQLSeries: Sendable {
    private let kept: [SQLText]
    private let make: @Sendable (Int) -> SQLText

    /// - Parameter limit: The count up to which the statements are kept.
    init(upTo limit: Int, _ make: @escaping @Sendable (Int) -> SQLText) {
        self.make = make
        kept = (1...limit).map(make)
    }

    /// The statement for a count, which is at least 1.
    subscript(count: Int) -> SQLText { count <= kept.count ? kept[count - 1] : make(count) }
}
