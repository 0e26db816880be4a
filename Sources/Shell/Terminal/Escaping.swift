/// Text from elsewhere as a terminal may show it.
enum Escaping {
    /// `text` with every control character but TAB, and every character that changes the direction of writing,
    /// written out: `\x1b`, `\u{202e}`.
    static func shown(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isHarmful) else { return text }
        var shown = ""
        for scalar in text.unicodeScalars {
            if isHarmful(scalar) { shown += escape(scalar) } else { shown.unicodeScalars.append(scalar) }
        }
        return shown
    }

    /// Whether `scalar` is one of C0, DEL or C1; TAB is not counted.
    static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09: false
        case 0...0x1F, 0x7F...0x9F: true
        default: false
        }
    }

    private static func isHarmful(_ scalar: Unicode.Scalar) -> Bool {
        isControl(scalar) || scalar.properties.isBidiControl
    }

    private static func escape(_ scalar: Unicode.Scalar) -> String {
        let digits = String(scalar.value, radix: 16)
        guard scalar.isASCII else { return "\\u{\(digits)}" }
        return digits.count == 1 ? "\\x0\(digits)" : "\\x\(digits)"
    }
}
