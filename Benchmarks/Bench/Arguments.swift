/// The command line. It may have `--name value` for the names that the caller declares, and nothing else.
struct Arguments {
    private var values: [String: [String]] = [:]

    struct Wrong: Error, CustomStringConvertible, Equatable {
        let description: String
    }

    /// Parses the words.
    ///
    /// - Parameters:
    ///   - options: The names, without hyphens, that take a value.
    ///   - flags: The names, without hyphens, that take no value.
    /// - Throws: `Wrong` for an unknown word or a missing value.
    init(_ words: some Sequence<String>, options: Set<String>, flags: Set<String> = []) throws(Wrong) {
        var words = words.makeIterator()
        while let word = words.next() {
            let name = String(word.dropFirst(2))
            guard word.hasPrefix("--"), options.contains(name) || flags.contains(name) else {
                throw Wrong(description: "\(word): unknown")
            }
            if flags.contains(name) {
                values[name] = [""]
            } else if let value = words.next() {
                values[name, default: []].append(value)
            } else {
                throw Wrong(description: "\(word) needs a value")
            }
        }
    }

    func has(_ name: String) -> Bool { values[name] != nil }
    func all(_ name: String) -> [String] { values[name] ?? [] }
    func text(_ name: String) -> String? { values[name]?.last }

    /// Returns a number above zero; `fallback` if it was left out.
    ///
    /// - Throws: `Wrong` if the value is not such a number.
    func number<Number: LosslessStringConvertible & Comparable & ExpressibleByIntegerLiteral>(
        _ name: String, _ fallback: Number
    ) throws(Wrong) -> Number {
        guard let text = text(name) else { return fallback }
        guard let number = Number(text), number > 0 else {
            throw Wrong(description: "--\(name) \(text): no such number")
        }
        return number
    }

    /// Returns numbers that are separated by commas; nil if they were left out.
    ///
    /// - Throws: `Wrong` if the value is not a list of numbers.
    func list(_ name: String) throws(Wrong) -> [Int]? {
        guard let text = text(name) else { return nil }
        let numbers = text.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
        guard numbers.allSatisfy({ $0 != nil }) else {
            throw Wrong(description: "--\(name) \(text): not a list of numbers")
        }
        return numbers.map { $0! }
    }
}
