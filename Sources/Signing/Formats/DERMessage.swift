/// Recognises what a certificate authority and CMS sign: one element in DER that is the whole message.
enum DERMessage {
    private static let integer: UInt8 = 0x02
    private static let sequence: UInt8 = 0x30
    private static let set: UInt8 = 0x31

    /// Returns whether the message is one of these:
    ///
    ///     SEQUENCE of INTEGER, or of [0], [1] or [2], and more   a certificate, a request or a list of revocations that
    ///                                                            is to be signed (RFC 5280, RFC 2986), an OCSP answer
    ///     SET of SEQUENCE and more                               signed attributes (RFC 5652 section 5.4)
    ///
    /// A whole certificate is a SEQUENCE of a SEQUENCE, so it is a message like others.
    static func isSigned(_ message: UnsafeRawBufferPointer) -> Bool {
        guard message.count > 2, message[0] == sequence || message[0] == set, let content = contentStart(message) else {
            return false
        }
        guard content < message.count else { return false }
        return switch message[content] {
        case sequence: message[0] == set
        case integer, 0xA0, 0xA1, 0xA2: message[0] == sequence
        default: false
        }
    }

    /// Returns where the content of the element begins; nil unless the element is the whole message.
    private static func contentStart(_ message: UnsafeRawBufferPointer) -> Int? {
        guard message[1] & 0x80 != 0 else { return Int(message[1]) == message.count - 2 ? 2 : nil }
        let digits = Int(message[1] & 0x7F)
        guard 1...4 ~= digits, message.count >= 2 + digits else { return nil }
        let length = message[2..<(2 + digits)].reduce(0) { $0 << 8 | Int($1) }
        return length == message.count - 2 - digits ? 2 + digits : nil
    }
}
