import CReadline
import Glibc

/// How many columns of a terminal a text takes.
enum DisplayWidth {
    /// A control character is shown as readline shows it, `^A`; a combining character takes no column, a wide one two.
    static func of(_ text: String) -> Int {
        _ = Self.knowsUnicode
        return text.unicodeScalars.reduce(0) { $0 + of($1) }
    }

    /// As much of the text as fits into `columns`, with `…` in the place of what does not.
    static func fitting(_ text: String, columns: Int) -> String {
        guard of(text) > columns else { return text }
        var shown = ""
        var rest = columns - 1
        guard rest >= 0 else { return "" }
        for scalar in text.unicodeScalars {
            rest -= of(scalar)
            guard rest >= 0 else { break }
            shown.unicodeScalars.append(scalar)
        }
        return shown + "…"
    }

    private static func of(_ scalar: Unicode.Scalar) -> Int {
        if scalar.isASCII { return Escaping.isControl(scalar) ? 2 : 1 }
        return max(0, Int(wcwidth(wchar_t(scalar.value))))
    }

    /// Names and messages are UTF-8, whatever the locale says of characters.
    static let knowsUnicode: Bool = {
        setlocale(LC_ALL, "")
        let isUTF8 = String(cString: nl_langinfo(nl_item(CODESET))) == "UTF-8"
        return isUTF8 || setlocale(LC_CTYPE, "C.UTF-8") != nil
    }()
}
