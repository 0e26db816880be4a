/// Recognises what a JSON Web Signature signs: `base64url(header) "." payload`, where the header is a JSON object with
/// a member `alg`.
enum JWSMessage {
    /// Returns whether the bytes before the first dot are such a header for a lenient reader. Readers differ in what they
    /// accept, so this one ignores all characters that are not digits of base64 or base64url, and in the header a byte
    /// order mark, white space and NULs, which UTF-16 and UTF-32 have. It does not decode JSON: a header contains `alg`,
    /// or an escape that may spell it.
    ///
    /// A message that does not begin with `{` after decoding is told apart by its first few digits.
    static func isBegun(by message: UnsafeRawBufferPointer) -> Bool {
        var header = Header()
        for byte in message {
            if byte == UInt8(ascii: ".") { return header.hasAlgorithm }
            guard let digit = value(of: byte) else { continue }
            guard header.take(digit) else { return false }
        }
        return false
    }

    private struct Header {
        private var bits: UInt32 = 0
        private var bitCount = 0
        private var isObject = false
        /// The last bytes, the latest one in the lowest byte.
        private var latest: UInt32 = 0
        private(set) var hasAlgorithm = false

        /// Takes the next digit, and returns whether the header may still be that of a signature.
        mutating func take(_ digit: UInt32) -> Bool {
            bits = bits << 6 | digit
            bitCount += 6
            guard bitCount >= 8 else { return true }
            bitCount -= 8
            return take(byte: UInt8(truncatingIfNeeded: bits >> bitCount))
        }

        private mutating func take(byte: UInt8) -> Bool {
            switch byte {
            case 0, 0x09, 0x0A, 0x0D, 0x20: return true
            case 0xEF, 0xBB, 0xBF, 0xFE, 0xFF: if !isObject { return true }
            case UInt8(ascii: "{"): isObject = true
            default: break
            }
            latest = latest << 8 | UInt32(byte)
            hasAlgorithm = hasAlgorithm || latest & 0xFF_FFFF == 0x61_6C67 || latest & 0xFFFF == 0x5C75
            return isObject
        }
    }

    private static func value(of byte: UInt8) -> UInt32? {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(byte) - 65
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(byte) - 71
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte) + 4
        case UInt8(ascii: "+"), UInt8(ascii: "-"): 62
        case UInt8(ascii: "/"), UInt8(ascii: "_"): 63
        default: nil
        }
    }
}
