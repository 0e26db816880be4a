/// The lines that are read before the terminal is: the rest of a paste, and the lines of files.
struct WaitingLines {
    /// The greatest number of files that are read at the same time, each named by a line of the one before.
    static let deepest = 16

    /// The remaining lines of a paste or of each file. The last entry is read first. An empty entry stays until the next
    /// line is wanted, so that a file whose last line includes the same file is noticed too.
    private var levels: [ArraySlice<[UInt8]>] = []

    var count: Int { levels.reduce(0) { $0 + $1.count } }

    /// Returns the next line, or nil if none is waiting.
    mutating func next() -> [UInt8]? {
        // The level of the line that was read last may be empty now. It has come to its end.
        while let last = levels.indices.last {
            if let line = levels[last].popFirst() { return line }
            levels.removeLast()
        }
        return nil
    }

    /// Adds lines that are read before the others. Returns false, and adds none, if too many files are open.
    mutating func add(_ lines: [[UInt8]]) -> Bool {
        guard levels.count < Self.deepest else { return false }
        levels.append(lines[...])
        return true
    }

    mutating func removeAll() { levels = [] }
}
