import Armor

/// The text form of an OpenSSH signature: padded base64 in lines of 70 digits, between the lines BEGIN and END. The
/// last line of digits may be shorter. Lines end in LF, or all in CR LF. Blank space before and after the text is
/// ignored.
enum SSHArmor {
    private static let first = Array("-----BEGIN SSH SIGNATURE-----".utf8)
    private static let last = Array("-----END SSH SIGNATURE-----".utf8)
    private static let columns = 70

    /// Returns the binary form, which is not parsed; nil if `text` is not in this form. The caller limits its length.
    static func decode(_ text: String) -> [UInt8]? {
        guard let lines = lines(of: trimmed(Array(text.utf8)[...])), lines.count >= 3, lines.first == first[...],
            lines.last == last[...]
        else { return nil }
        let digits = lines.dropFirst().dropLast()
        guard digits.dropLast().allSatisfy({ $0.count == columns }), (1...columns).contains(digits.last?.count ?? 0)
        else { return nil }
        return Base64.decode(Array(digits.joined()).span.bytes, padded: true)
    }

    private static func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let start = bytes.drop(while: isBlank)
        return start.prefix(start.count - start.reversed().prefix(while: isBlank).count)
    }

    private static func isBlank(_ byte: UInt8) -> Bool {
        " \t\r\n".utf8.contains(byte)
    }

    /// Returns the lines without their ends; nil if LF and CR LF are mixed.
    private static func lines(of bytes: ArraySlice<UInt8>) -> [ArraySlice<UInt8>]? {
        let carriageReturn = UInt8(ascii: "\r")
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        guard let final = lines.last, lines.first?.last == carriageReturn else { return lines }
        let ended = lines.dropLast()
        guard ended.allSatisfy({ $0.last == carriageReturn }) else { return nil }
        return ended.map { $0.dropLast() } + [final]
    }
}
