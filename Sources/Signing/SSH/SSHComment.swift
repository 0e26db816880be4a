/// The comment of an OpenSSH key, cleaned for storage and display.
enum SSHComment {
    private static let bound = 128
    /// The bytes of a comment that are read. There are more than `bound`, because some are dropped.
    private static let lookedAt = 4096

    /// Returns at most 128 bytes of UTF-8, cut between characters, without a space first or last. They are letters,
    /// marks, digits, punctuation, and symbols of any script, and U+0020 for every kind of space. Control characters,
    /// format characters such as changes of direction, and unassigned code points are left out. Invalid UTF-8 becomes
    /// U+FFFD.
    static func cleaned(_ bytes: some Collection<UInt8>) -> String {
        let scalars = String(decoding: wholePrefix(bytes), as: UTF8.self).unicodeScalars.compactMap(shown)
        var text = String(String.UnicodeScalarView(scalars.drop { $0 == " " }))
        if text.utf8.count > bound { text = cut(text) }
        while text.unicodeScalars.last == " " { text.unicodeScalars.removeLast() }
        return text
    }

    /// Returns a prefix that does not end within the bytes of one scalar.
    private static func wholePrefix(_ bytes: some Collection<UInt8>) -> [UInt8] {
        var prefix = Array(bytes.prefix(lookedAt))
        guard prefix.count == lookedAt else { return prefix }
        while let last = prefix.popLast(), last & 0xC0 == 0x80 {}
        return prefix
    }

    private static func cut(_ text: String) -> String {
        var kept = ""
        for character in text {
            guard kept.utf8.count + character.utf8.count <= bound else { break }
            kept.append(character)
        }
        return kept
    }

    private static func shown(_ scalar: Unicode.Scalar) -> Unicode.Scalar? {
        switch scalar.properties.generalCategory {
        case .spaceSeparator: " "
        case .control: scalar == "\t" ? " " : nil
        case .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: nil
        default: scalar
        }
    }
}
