/// The names of one statement, which has as many parameters as there are names.
package struct NameBatch: Sendable {
    /// The names that one statement asks for, at most.
    package static let limit = 256

    /// A power of two: the last name is repeated, so that there are few statements to be prepared.
    package let names: [String]

    /// Each name once, in the order of the names.
    package static func split(_ names: [String]) -> [NameBatch] {
        var seen: Set<String> = []
        let names = names.count > 1 ? names.filter { seen.insert($0).inserted } : names
        return stride(from: 0, to: names.count, by: limit).map { start in
            NameBatch(filling: names[start..<min(start + limit, names.count)])
        }
    }

    private init(filling names: ArraySlice<String>) {
        var size = 1
        while size < names.count { size *= 2 }
        self.names = Array(names) + repeatElement(names.last!, count: size - names.count)
    }

    /// Returns the statement's list of parameters, each of which is written as `parameter` says of its number from 1 on.
    package func list(_ parameter: (Int) -> String) -> String {
        "(" + (1...names.count).map(parameter).joined(separator: ", ") + ")"
    }
}
