import NIOCore

/// A line of a terminal that is rewritten in place.
struct StatusLine {
    /// The number of columns that the current text covers.
    private var used = 0

    /// Replaces the text. No escape sequence is needed, so every terminal can show it.
    mutating func show(_ text: String) {
        let rest = String(repeating: " ", count: max(0, used - text.count))
        Output.write(ByteBuffer(string: "\r\(text)\(rest)"))
        used = text.count
    }

    /// Erases the text, and the `^C` that a terminal shows after it.
    mutating func erase() {
        guard used > 0 else { return }
        Output.write(ByteBuffer(string: "\r\(String(repeating: " ", count: used + 2))\r"))
        used = 0
    }

    /// Keeps the text, and moves the cursor to the next line.
    mutating func end() {
        if used > 0 { Output.write(ByteBuffer(string: "\n")) }
        used = 0
    }
}
