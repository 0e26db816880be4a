import Glibc
import Input
import NIOCore

/// The rules for the values of frame attributes and for the words of declarations. This is the only place that quotes
/// words and that refuses invalid values.
///
///     word   = atom / quoted
///     atom   = 1*(ALPHA / DIGIT / "." / "_" / "@" / "+" / "-" / ",")
enum LinkFields {
    /// The maximum length of a token in bytes.
    static let longestToken = 8192
    /// The maximum length of a server's name in bytes.
    static let longestName = 1024

    /// Returns the text as one word of at most `longestName` bytes. Nothing in the word can be read as another field
    /// or as the end of the line.
    static func word(_ text: String) -> String {
        let isAtom = !text.isEmpty && text.utf8.count <= longestName && text.utf8.allSatisfy(isAtomByte)
        return isAtom ? text : quoted(text, upTo: longestName)
    }

    /// Returns the text as a quoted string. Each control character becomes `?`. Text that does not fit into `room`
    /// bytes is cut off.
    static func quoted(_ text: String, upTo room: Int = .max) -> String {
        var (quoted, bytes) = ("\"".unicodeScalars, 2)
        for scalar in text.unicodeScalars {
            let isEscaped = scalar == "\"" || scalar == "\\"
            bytes += isEscaped ? 2 : UTF8.width(scalar)
            guard bytes <= room else { break }
            if isEscaped { quoted.append("\\") }
            quoted.append(scalar.printable)
        }
        quoted.append("\"")
        return String(quoted)
    }

    /// Whether the byte may be part of an atom: a letter, a digit, or one of the marks that names and signatures
    /// have. No other rule of the grammar uses these marks.
    static func isAtomByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        case UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "@"), UInt8(ascii: "+"), UInt8(ascii: "-"),
            UInt8(ascii: ","):
            true
        default: false
        }
    }

    /// Whether the text can be a token, which consists of base64url and dots.
    static func isToken(_ text: String) -> Bool {
        1...longestToken ~= text.utf8.count
            && text.utf8.allSatisfy { isAtomByte($0) && !"@+,".utf8.contains($0) }
    }

    /// Whether the text is an account's name in its canonical spelling.
    static func isAccount(_ text: String) -> Bool { AccountName(canonical: text) != nil }

    /// Whether the text is the address of a client: `192.0.2.1:40312`, `[2001:db8::1]:40312`, or `local`.
    static func isPeer(_ text: String) -> Bool {
        if text == "local" { return true }
        guard let colon = text.lastIndex(of: ":"), isPort(text[text.index(after: colon)...].utf8) else { return false }
        let address = text[..<colon]
        if address.hasPrefix("["), address.hasSuffix("]") { return isAddress(address.dropFirst().dropLast(), AF_INET6) }
        return isAddress(address, AF_INET)
    }

    private static func isPort(_ digits: Substring.UTF8View) -> Bool {
        let port: UInt16? = digits.isEmpty || digits.count > 5 ? nil : digits.decimal()
        return port != nil
    }

    private static func isAddress(_ text: Substring, _ family: Int32) -> Bool {
        // Any other byte would end the string for inet_pton, or would name an interface.
        let isPlain = text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
                UInt8(ascii: "A")...UInt8(ascii: "F"), UInt8(ascii: "."), UInt8(ascii: ":"):
                true
            default: false
            }
        }
        var bytes = in6_addr()
        return isPlain && inet_pton(family, String(text), &bytes) == 1
    }
}

extension Unicode.Scalar {
    /// The character itself, or `?` if text from outside may not show it. TAB is shown.
    var printable: Unicode.Scalar { isHarmful && self != "\t" ? "?" : self }
}
