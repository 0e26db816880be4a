import Crypto

/// The SHA-256 digest of a server's certificate.
struct Fingerprint: Hashable, CustomStringConvertible {
    private static let count = 32
    private let bytes: [UInt8]

    /// - Parameter certificate: the certificate, in DER.
    init(of certificate: [UInt8]) {
        bytes = Array(SHA256.hash(data: certificate))
    }

    /// Parses 64 hexadecimal digits, with or without colons between the bytes and a prefix such as `SHA256:`. Accepts
    /// the output of `openssl x509 -fingerprint -sha256`. Returns nil if the text is no fingerprint.
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
        var bytes: [UInt8] = []
        var rest = joined[...]
        while !rest.isEmpty {
            guard rest.prefix(2).allSatisfy(\.isHexDigit), let byte = UInt8(rest.prefix(2), radix: 16) else {
                return nil
            }
            bytes.append(byte)
            rest = rest.dropFirst(2)
        }
        self.bytes = bytes
    }

    /// The fingerprint in the form of openssl, `AA:BB:…`.
    var description: String { Self.text(bytes[...]) }

    /// The fingerprint in two lines, which fit into a narrow window.
    var lines: String {
        let half = bytes.count / 2
        return "\(Self.text(bytes[..<half])):\n  \(Self.text(bytes[half...]))"
    }

    private static func text(_ bytes: ArraySlice<UInt8>) -> String {
        bytes.map { byte in
            let digits = String(byte, radix: 16, uppercase: true)
            return digits.utf8.count == 1 ? "0\(digits)" : digits
        }.joined(separator: ":")
    }
}
