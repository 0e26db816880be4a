import Glibc
import Input
import NIOCore

/// What the attributes of frames and the words of declarations may be: the one place that quotes, and the one that refuses.
///
///     word   = atom / quoted
///     atom   = 1*(ALPHA / DIGIT / "." / "_" / "@" / "+" / "-" / ",")
enum LinkFields {
    /// Octets of a token at most.
    static let longestToken = 8192
    /// Octets of a server's name at most.
    static let longestName = 1024

    /// The text as one word of at most `longestName` octets, so that nothing in it can be read as another field or as the end of the line.
    static func word(_ text: String) -> String {
        let isAtom = !text.isEmpty && text.utf8.count <= longestName && text.utf8.allSatisfy(isAtomOctet)
        return isAtom ? text : quoted(text, upTo: longestName)
    }

    /// The text as a quoted string. A control character becomes `?`, and what is too long for `room` octets is cut off.
    static func quoted(_ text: String, upTo room: Int = .max) -> String {
        var (quoted, octets) = ("\"".unicodeScalars, 2)
        for scalar in text.unicodeScalars {
            let isEscaped = scalar == "\"" || scalar == "\\"
            octets += isEscaped ? 2 : UTF8.width(scalar)
            guard octets <= room else { break }
            if isEscaped { quoted.append("\\") }
            quoted.append(scalar.shown)
        }
        quoted.append("\"")
        return String(quoted)
    }

    /// Letters, digits and the few marks that names and signatures have: nothing that any rule of the grammar uses.
    static func isAtomOctet(_ octet: UInt8) -> Bool {
        switch octet {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        case UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "@"), UInt8(ascii: "+"), UInt8(ascii: "-"),
            UInt8(ascii: ","):
            true
        default: false
        }
    }

    /// Whether the text can be a token: base64url and dots.
    static func isToken(_ text: String) -> Bool {
        1...longestToken ~= text.utf8.count
            && text.utf8.allSatisfy { isAtomOctet($0) && !"@+,".utf8.contains($0) }
    }

    /// Whether the text is an account's name, in its canonical spelling.
    static func isAccount(_ text: String) -> Bool { AccountName(canonical: text) != nil }

    /// Whether the text is where a client connects from: `192.0.2.1:40312`, `[2001:db8::1]:40312`, or `local`.
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
        // Other octets would end the string for inet_pton, or name an interface.
        let isPlain = text.utf8.allSatisfy { octet in
            switch octet {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
                UInt8(ascii: "A")...UInt8(ascii: "F"), UInt8(ascii: "."), UInt8(ascii: ":"):
                true
            default: false
            }
        }
        var octets = in6_addr()
        return isPlain && inet_pton(family, String(text), &octets) == 1
    }
}

extension Unicode.Scalar {
    /// The character itself, or `?` where text from elsewhere may not show it. TAB is shown.
    var shown: Unicode.Scalar { isHarmful && self != "\t" ? "?" : self }
}
