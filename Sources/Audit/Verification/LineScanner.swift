/// Reads a line from its front. A step that does not find what it wants leaves the scanner where it likes.
struct LineScanner {
    private let bytes: [UInt8]
    private(set) var place = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool { place == bytes.count }

    private var next: UInt8? { place < bytes.count ? bytes[place] : nil }

    /// Steps over `text`; false, and stays, if it does not stand here.
    mutating func skip(_ text: StaticString) -> Bool {
        let found = text.withUTF8Buffer { bytes[place...].starts(with: $0) }
        if found { place += text.utf8CodeUnitCount }
        return found
    }

    /// A number in its one spelling: digits, no zero in front.
    mutating func number() -> UInt64? {
        let start = place
        while let byte = next, Self.isDigit(byte) { place += 1 }
        guard place > start, place == start + 1 || bytes[start] != UInt8(ascii: "0") else { return nil }
        return UInt64(String(decoding: bytes[start..<place], as: UTF8.self))
    }

    /// Steps over a string as the log writes it.
    mutating func skipString() -> Bool {
        guard skip("\"") else { return false }
        while let byte = next {
            place += 1
            switch byte {
            case UInt8(ascii: "\""): return true
            case UInt8(ascii: "\\"): guard skipEscape() else { return false }
            case 0..<0x20, 0x7F: return false
            default: break
            }
        }
        return false
    }

    /// The text of a string without escapes.
    mutating func string() -> String? {
        let start = place + 1
        guard skipString() else { return nil }
        let text = bytes[start..<(place - 1)]
        return text.contains(UInt8(ascii: "\\")) ? nil : String(decoding: text, as: UTF8.self)
    }

    mutating func skipStringOrNull() -> Bool { skip("null") || skipString() }

    /// Steps over an object all of whose values are strings.
    mutating func skipStringsByName() -> Bool {
        guard skip("{") else { return false }
        if skip("}") { return true }
        repeat {
            guard skipString(), skip(":"), skipString() else { return false }
        } while skip(",")
        return skip("}")
    }

    /// Steps over a time in the form of ``AuditTime``, whatever it is.
    mutating func skipTime() -> Bool {
        for mark in "0000-00-00T00:00:00.000Z".utf8 {
            guard let byte = next, mark == UInt8(ascii: "0") ? Self.isDigit(byte) : byte == mark else { return false }
            place += 1
        }
        return true
    }

    private mutating func skipEscape() -> Bool {
        if skip("\"") || skip("\\") { return true }
        guard skip("u"), place + 4 <= bytes.count else { return false }
        defer { place += 4 }
        return bytes[place..<(place + 4)].allSatisfy {
            Self.isDigit($0) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0)
        }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}
