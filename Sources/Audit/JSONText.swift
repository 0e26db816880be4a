/// The two JSON values that lines are made of, appended to what is there.
extension [UInt8] {
    mutating func append(_ text: StaticString) {
        text.withUTF8Buffer { append(contentsOf: $0) }
    }

    /// A JSON number.
    mutating func append(json number: some FixedWidthInteger) {
        append(contentsOf: String(number).utf8)
    }

    /// A JSON string.
    mutating func append(json text: String) {
        append(UInt8(ascii: "\""))
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": append("\\\"")
            case "\\": append("\\\\")
            case " "..."~": append(UInt8(scalar.value))
            default: append(beyondASCII: scalar)
            }
        }
        append(UInt8(ascii: "\""))
    }

    /// A JSON string or null.
    mutating func append(json text: String?) {
        if let text { append(json: text) } else { append("null") }
    }

    private mutating func append(beyondASCII scalar: Unicode.Scalar) {
        guard Self.isControl(scalar) else { return append(contentsOf: UTF8.encode(scalar)!) }
        let digits = String(scalar.value, radix: 16)
        append("\\u")
        append(contentsOf: repeatElement(UInt8(ascii: "0"), count: 4 - digits.utf8.count))
        append(contentsOf: digits.utf8)
    }

    /// C0, DEL, C1, and the marks that turn the direction of text or end a line.
    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7F..<0xA0, 0x61C, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069: true
        default: false
        }
    }
}
