import Seal

/// The SHA-256 of a server's certificate, by which a person knows it again.
struct Fingerprint: Hashable, CustomStringConvertible {
    private static let count = 32
    private let octets: [UInt8]

    /// `certificate`: in DER.
    init(of certificate: [UInt8]) {
        octets = SHA256.digest(certificate.span.bytes)
    }

    /// 64 hexadecimal digits, with colons between the octets or without, `SHA256:` before them or not, as
    /// `openssl x509 -fingerprint -sha256` and others write it; nil when it is none.
    init?(_ text: String) {
        var text = text.uppercased()[...]
        for prefix in ["SHA256 FINGERPRINT=", "SHA256:"] where text.hasPrefix(prefix) {
            text = text.dropFirst(prefix.count)
        }
        let digits = text.split(separator: ":", omittingEmptySubsequences: false)
        let joined = digits.joined()
        guard digits.count == 1 || digits.allSatisfy({ $0.utf8.count == 2 }), joined.utf8.count == 2 * Self.count else {
            return nil
        }
        var octets: [UInt8] = []
        var rest = joined[...]
        while !rest.isEmpty {
            guard rest.prefix(2).allSatisfy(\.isHexDigit), let octet = UInt8(rest.prefix(2), radix: 16) else {
                return nil
            }
            octets.append(octet)
            rest = rest.dropFirst(2)
        }
        self.octets = octets
    }

    /// As openssl shows it: `AA:BB:…`.
    var description: String { Self.text(octets[...]) }

    /// The same in two lines, which fit into a narrow window.
    var lines: String {
        let half = octets.count / 2
        return "\(Self.text(octets[..<half])):\n  \(Self.text(octets[half...]))"
    }

    private static func text(_ octets: ArraySlice<UInt8>) -> String {
        octets.map { octet in
            let digits = String(octet, radix: 16, uppercase: true)
            return digits.utf8.count == 1 ? "0\(digits)" : digits
        }.joined(separator: ":")
    }
}
