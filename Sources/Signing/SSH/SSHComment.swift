/// The comment of an OpenSSH key, made fit to be stored and shown.
enum SSHComment {
    private static let bound = 128
    /// Octets that are looked at, of which the others have room to be dropped.
    private static let lookedAt = 4096

    /// Returns at most 128 octets of UTF-8, cut between characters, without a space first or last. They are letters, marks,
    /// digits, punctuation and symbols of any script, and U+0020 for every kind of space. Controls, formats such as changes of
    /// direction, and what is not assigned are left out; what is not UTF-8 becomes U+FFFD.
    static func cleaned(_ octets: some Collection<UInt8>) -> String {
        let scalars = String(decoding: wholePrefix(octets), as: UTF8.self).unicodeScalars.compactMap(shown)
        var text = String(String.UnicodeScalarView(scalars.drop { $0 == " " }))
        if text.utf8.count > bound { text = cut(text) }
        while text.unicodeScalars.last == " " { text.unicodeScalars.removeLast() }
        return text
    }

    /// Returns a prefix that does not end within the octets of one scalar.
    private static func wholePrefix(_ octets: some Collection<UInt8>) -> [UInt8] {
        var prefix = Array(octets.prefix(lookedAt))
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
