extension Unicode.Scalar {
    /// Whether this is a control character: one of C0 or C1, or DEL. Such a character can end a line or control a
    /// terminal.
    package var isControl: Bool { value < 0x20 || 0x7F..<0xA0 ~= value }

    /// Whether text from outside may not show this character as it is. It is a control character, a mark that changes
    /// the direction of text, or a character that some programs treat as a line end (Unicode's categories Cc, Zl and
    /// Zp, and its property Bidi_Control).
    package var isHarmful: Bool {
        switch value {
        case 0x61C, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069: true
        default: isControl
        }
    }
}
