import Input

/// Text from other sources, in a form that is safe to show on a terminal.
enum TerminalText {
    /// Returns `text` with control characters and characters that change the writing direction escaped, such as
    /// `\x1b` and `\u{202e}`. TAB is kept.
    static func escaped(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isHarmful) else { return text }
        var escaped = ""
        for scalar in text.unicodeScalars {
            if isHarmful(scalar) { escaped += escape(scalar) } else { escaped.unicodeScalars.append(scalar) }
        }
        return escaped
    }

    private static func isHarmful(_ scalar: Unicode.Scalar) -> Bool { scalar.isHarmful && scalar != "\t" }

    private static func escape(_ scalar: Unicode.Scalar) -> String {
        let digits = String(scalar.value, radix: 16)
        guard scalar.isASCII else { return "\\u{\(digits)}" }
        return digits.count == 1 ? "\\x0\(digits)" : "\\x\(digits)"
    }
}
