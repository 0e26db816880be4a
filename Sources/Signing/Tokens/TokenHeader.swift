/// The header of all tokens (RFC 7515, RFC 8037). Its bytes are compared and never interpreted, so a token cannot
/// choose its algorithm or add anything.
enum TokenHeader {
    private static let front = Array(#"{"alg":"EdDSA","kid":""#.utf8)
    private static let back = Array(#"","typ":"JWT"}"#.utf8)
    /// The length of base64url of eight bytes.
    private static let keyIDCount = 11

    static func bytes(keyID: String) -> [UInt8] {
        front + keyID.utf8 + back
    }

    /// Returns whether `bytes` are the header for some key.
    static func isWellFormed(_ bytes: [UInt8]) -> Bool {
        let keyID = bytes.dropFirst(front.count).dropLast(back.count)
        return bytes.starts(with: front) && bytes.reversed().starts(with: back.reversed())
            && keyID.count == keyIDCount && keyID.allSatisfy(isDigit)
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
