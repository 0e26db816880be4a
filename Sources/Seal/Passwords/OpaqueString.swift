import COpenSSL
@_spi(_Unicode) import Swift

/// The form in which passwords are hashed and compared, so that it does not matter by which keyboard they are typed: the
/// OpaqueString profile of RFC 8265 section 4.2. Spaces of every kind are U+0020, and all is in Unicode's Normalization
/// Form C, as the standard library normalises to compare strings. Case and width are left as they are.
///
/// Of what the profile disallows, controls are refused; characters that the library does not know are not, as an older
/// server would shut out users of a newer keyboard.
package enum OpaqueString {
    /// The longest text that is looked at, in bytes: 1,024 in their composed form have at most three times as many.
    private static let bound = 4096

    /// The password in this form; the same object where it is that already, as every password in ASCII is. Nil where it
    /// is not UTF-8, is empty or too long, or has a control character.
    ///
    /// Copies of the text that are made meanwhile are wiped. It may take 10 ms: never call it on an event loop.
    package static func prepare(_ password: SecretBytes) -> SecretBytes? {
        guard 1...bound ~= password.count else { return nil }
        return password.withUnsafeBytes { bytes in
            if bytes.allSatisfy({ 0x20..<0x7F ~= $0 }) { return password }
            guard var text = String(validating: bytes, as: UTF8.self) else { return nil }
            defer { wipe(&text) }
            guard !text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else {
                return nil
            }
            let prepared = prepare(text)
            return prepared == password ? password : prepared
        }
    }

    private static func prepare(_ text: String) -> SecretBytes {
        let count = text._nfc.reduce(0) { $0 + UTF8.width(mapped($1)) }
        return SecretBytes(count: count) { output in
            var place = 0
            for scalar in text._nfc {
                for byte in UTF8.encode(mapped(scalar))! {
                    output[place] = byte
                    place += 1
                }
            }
        }
    }

    private static func mapped(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
        scalar.properties.generalCategory == .spaceSeparator ? " " : scalar
    }

    /// The text's storage is its own: nothing else refers to it.
    private static func wipe(_ text: inout String) {
        text.withUTF8 { OPENSSL_cleanse(UnsafeMutableRawPointer(mutating: $0.baseAddress), $0.count) }
    }
}
