extension Unicode.Scalar {
    /// Whether this is a control character: one of C0 or C1, or DEL. It can end a line or drive a terminal.
    package var isControl: Bool { value < 0x20 || 0x7F..<0xA0 ~= value }

    /// Whether text from elsewhere may not show this as it is: a control character, a mark that turns the direction of
    /// text, or one that ends a line elsewhere (Unicode's categories Cc, Zl and Zp, and its property Bidi_Control).
    package var isHarmful: Bool {
        switch value {
        case 0x61C, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069: true
        default: isControl
        }
    }
}
