import Glibc

/// A host's name, as an entry of subjectAltName (RFC 5280 section 4.2.1.6).
enum AlternativeName: Equatable {
    case dns(String)
    /// The 4 or 16 bytes of an address.
    case address([UInt8])

    /// Reads an IPv4 or IPv6 address or a host name (RFC 1123 section 2.1), whose first label may be `*`.
    ///
    /// - Throws: ``SealError/malformed`` for other text.
    init(_ text: String) throws(SealError) {
        // This check comes before the C functions, which would stop at a NUL.
        guard (1...253).contains(text.utf8.count), text.utf8.allSatisfy(Self.isAllowed) else { throw .malformed }
        if let bytes = Self.bytes(text, AF_INET, count: 4) ?? Self.bytes(text, AF_INET6, count: 16) {
            self = .address(bytes)
        } else if Self.isHostName(text) {
            self = .dns(text)
        } else {
            throw .malformed
        }
    }

    private static func bytes(_ text: String, _ family: Int32, count: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        return inet_pton(family, text, &bytes) == 1 ? bytes : nil
    }

    /// Returns whether `text` is a host name. If its last label had digits only, some programs would read it as a part
    /// of an address.
    private static func isHostName(_ text: String) -> Bool {
        let labels = text.split(separator: ".", omittingEmptySubsequences: false)
        let plain = labels.first == "*" && labels.count > 1 ? labels.dropFirst() : labels[...]
        return plain.allSatisfy(isLabel) && !(plain.last?.allSatisfy(\.isNumber) ?? true)
    }

    private static func isLabel(_ label: Substring) -> Bool {
        (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
            && label.utf8.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "-") }
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        isAlphanumeric(byte) || "-.:*".utf8.contains(byte)
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }
}
