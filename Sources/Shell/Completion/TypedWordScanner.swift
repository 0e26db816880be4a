/// A scanner of the words of a line.
struct TypedWordScanner {
    static let quote = UInt8(ascii: "\"")
    static let backslash = UInt8(ascii: "\\")
    private static let space = UInt8(ascii: " ")

    private let line: [UInt8]
    private var position = 0

    init(line: [UInt8]) { self.line = line }

    /// Returns the next word, or nil at the end of the line.
    mutating func next() -> TypedWord? {
        while position < line.count, line[position] == Self.space { position += 1 }
        guard position < line.count else { return nil }
        let start = position
        var value = takePrefix()
        let prefix = value.count
        let isQuoted = position < line.count && line[position] == Self.quote
        var isOpen = false
        if isQuoted { (value, isOpen) = takeQuoted(after: value) }
        // The protocol's grammar requires a space after a quotation. Here, text without one belongs to the same word.
        while position < line.count, line[position] != Self.space { value.append(take()) }
        return TypedWord(
            range: start..<position, value: value, prefix: prefix, isQuoted: isQuoted, isOpen: isOpen)
    }

    private mutating func takePrefix() -> [UInt8] {
        switch line[position] {
        case UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "@"):
            return [take()]
        default:
            let key = line[position...].prefix { Self.isKey($0) }
            guard !key.isEmpty, key.endIndex < line.count, line[key.endIndex] == UInt8(ascii: "=") else { return [] }
            defer { position = key.endIndex + 1 }
            return Array(line[position...key.endIndex])
        }
    }

    private mutating func takeQuoted(after prefix: [UInt8]) -> (value: [UInt8], isOpen: Bool) {
        var value = prefix
        position += 1
        while position < line.count {
            switch take() {
            case Self.quote: return (value, false)
            case Self.backslash where position < line.count: value.append(take())
            case let byte: value.append(byte)
            }
        }
        return (value, true)
    }

    private mutating func take() -> UInt8 {
        defer { position += 1 }
        return line[position]
    }

    private static func isKey(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"): true
        default: false
        }
    }
}
