import ArgumentParser

/// The ranges that the numbers of options must be in.
package enum OptionBounds {
    /// The range of a time in seconds. Computing with a time of ten years cannot overflow.
    package static let seconds = 1...(10 * 365 * 86_400)
    /// The range of a number of things that each take memory.
    package static let count = 1...1_000_000_000

    /// Checks that each value is in the range.
    ///
    /// - Parameter values: The values, by the names of their options.
    /// - Throws: `ValidationError` that names the first option whose value is not.
    package static func check(_ values: KeyValuePairs<String, Int>, _ range: ClosedRange<Int>) throws {
        for (name, value) in values {
            guard value >= range.lowerBound else {
                throw ValidationError("--\(name) must be at least \(range.lowerBound)")
            }
            guard value <= range.upperBound else {
                throw ValidationError("--\(name) must be at most \(range.upperBound)")
            }
        }
    }
}
