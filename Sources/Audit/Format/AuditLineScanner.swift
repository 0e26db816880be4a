/// Reads a line from its front. A step that fails leaves the scanner anywhere.
struct AuditLineScanner {
    private let bytes: [UInt8]
    private(set) var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool { position == bytes.count }

    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    /// Skips `text`. If something else comes next, it returns false and stays.
    mutating func skip(_ text: StaticString) -> Bool {
        let found = text.withUTF8Buffer { bytes[position...].starts(with: $0) }
        if found { position += text.utf8CodeUnitCount }
        return found
    }

    /// Reads a number in its one spelling: digits without a leading zero.
    mutating func number() -> UInt64? {
        let start = position
        while let byte = next, Self.isDigit(byte) { position += 1 }
        guard position > start, position == start + 1 || bytes[start] != UInt8(ascii: "0") else { return nil }
        return UInt64(String(decoding: bytes[start..<position], as: UTF8.self))
    }

    /// Skips a string in the log's spelling.
    mutating func skipString() -> Bool {
        guard skip("\"") else { return false }
        while let byte = next {
            position += 1
            switch byte {
            case UInt8(ascii: "\""): return true
            case UInt8(ascii: "\\"): guard skipEscape() else { return false }
            case 0..<0x20, 0x7F: return false
            default: break
            }
        }
        return false
    }

    /// Reads a string without escapes.
    mutating func string() -> String? {
        let start = position + 1
        guard skipString() else { return nil }
        let text = bytes[start..<(position - 1)]
        return text.contains(UInt8(ascii: "\\")) ? nil : String(decoding: text, as: UTF8.self)
    }

    mutating func skipStringOrNull() -> Bool { skip("null") || skipString() }

    /// Skips an object whose values are all strings.
    mutating func skipStringsByName() -> Bool {
        guard skip("{") else { return false }
        if skip("}") { return true }
        repeat {
            guard skipString(), skip(":"), skipString() else { return false }
        } while skip(",")
        return skip("}")
    }

    /// Skips any text in the form of ``AuditTime``.
    mutating func skipTime() -> Bool {
        for mark in "0000-00-00T00:00:00.000Z".utf8 {
            guard let byte = next, mark == UInt8(ascii: "0") ? Self.isDigit(byte) : byte == mark else { return false }
            position += 1
        }
        return true
    }

    private mutating func skipEscape() -> Bool {
        if skip("\"") || skip("\\") { return true }
        guard skip("u"), position + 4 <= bytes.count else { return false }
        defer { position += 4 }
        return bytes[position..<(position + 4)].allSatisfy {
            Self.isDigit($0) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0)
        }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}
