import COpenSSL
import Secrets
@_spi(_Unicode) import Swift

/// The form in which passwords are hashed and compared, so that a password is the same on every keyboard. It is the
/// OpaqueString profile of RFC 8265 section 4.2. Every kind of space becomes U+0020, and all text is in Unicode's
/// Normalization Form C, from the standard library. Case and width stay as they are.
///
/// The profile also disallows some characters. Of these, control characters are refused. Unassigned ones are not,
/// because an older server would then shut out users of a newer keyboard.
package enum OpaqueString {
    /// The most bytes of a password that is prepared. A text of 1,024 bytes in composed form has at most three times as
    /// many in another form.
    private static let bound = 4096

    /// Returns the password in this form. A password that is in it already, such as any in ASCII, is returned itself.
    ///
    /// Copies of the text are wiped. The call may take 10 ms, so it must not run on an event loop.
    ///
    /// - Returns: nil if the password is not UTF-8, is empty or too long, or has a control character.
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
            var position = 0
            for scalar in text._nfc {
                for byte in UTF8.encode(mapped(scalar))! {
                    output[position] = byte
                    position += 1
                }
            }
        }
    }

    private static func mapped(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
        scalar.properties.generalCategory == .spaceSeparator ? " " : scalar
    }

    /// Wipes the storage of the text, to which nothing else refers.
    private static func wipe(_ text: inout String) {
        text.withUTF8 { OPENSSL_cleanse(UnsafeMutableRawPointer(mutating: $0.baseAddress), $0.count) }
    }
}
