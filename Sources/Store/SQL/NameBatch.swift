/// The names of one statement, which has as many arguments as there are names.
package struct NameBatch: Sendable {
    /// The most names that one statement asks for.
    package static let limit = 1 << (exponents - 1)

    /// The exponents of two that the sizes of batches have: from 0 up to one less than this.
    private static let exponents = 9

    /// The names. The last one is repeated until their number is a power of two, so that there are few statements.
    package let names: [String]

    /// The exponent of the number of names.
    private let exponent: Int

    /// Returns batches that have each name once, in the order of the names.
    package static func split(_ names: [String]) -> [NameBatch] {
        var seen: Set<String> = []
        let names = names.count > 1 ? names.filter { seen.insert($0).inserted } : names
        return stride(from: 0, to: names.count, by: limit).map { start in
            NameBatch(filling: names[start..<min(start + limit, names.count)])
        }
    }

    private init(filling names: ArraySlice<String>) {
        var exponent = 0
        while 1 << exponent < names.count { exponent += 1 }
        self.exponent = exponent
        self.names = Array(names) + repeatElement(names.last!, count: 1 << exponent - names.count)
    }

    /// Returns the statements for batches of each size, which end with the list of their arguments.
    static func series(_ text: SQLText) -> SQLSeries {
        SQLSeries(upTo: exponents) { "\(text) \(.list(1 << ($0 - 1)))" }
    }

    /// Returns the statement for this batch.
    func text(of series: SQLSeries) -> SQLText { series[exponent + 1] }

    /// The arguments of the statement.
    var arguments: [SQLValue] { names.map { .text($0) } }
}
