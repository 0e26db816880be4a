import CReadline
import Glibc
import Input

/// The width of texts on a terminal, in columns.
enum DisplayWidth {
    /// Returns the width of a text. A control character has two columns, as in readline's `^A`; a combining character
    /// has none, and a wide one has two.
    static func of(_ text: String) -> Int {
        _ = Self.knowsUnicode
        return text.unicodeScalars.reduce(0) { $0 + of($1) }
    }

    /// Returns the text if it fits into `columns`, and otherwise its beginning with `…` at the end.
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
        if scalar.isASCII { return scalar.isControl && scalar != "\t" ? 2 : 1 }
        return max(0, Int(wcwidth(wchar_t(scalar.value))))
    }

    /// Whether the C library measures characters as Unicode. Names and messages are UTF-8 in every locale.
    static let knowsUnicode: Bool = {
        setlocale(LC_ALL, "")
        let isUTF8 = String(cString: nl_langinfo(nl_item(CODESET))) == "UTF-8"
        guard !isUTF8 else { return true }
        // Readline, and the programs that the shell starts, read the locale from the environment.
        setenv(Environment.variable("LC_ALL") == nil ? "LC_CTYPE" : "LC_ALL", "C.UTF-8", 1)
        return setlocale(LC_CTYPE, "C.UTF-8") != nil
    }()
}
