import NIOCore

/// A line of a terminal that is written anew in its place.
struct RewrittenLine {
    /// Columns that hold what is to be overwritten.
    private var used = 0

    /// Writes over what was there. It takes no escape sequence, so any terminal can do it.
    mutating func show(_ text: String) {
        let rest = String(repeating: " ", count: max(0, used - text.count))
        Output.write(ByteBuffer(string: "\r\(text)\(rest)"))
        used = text.count
    }

    /// Wipes it away, with the `^C` that a terminal shows behind it.
    mutating func wipe() {
        guard used > 0 else { return }
        Output.write(ByteBuffer(string: "\r\(String(repeating: " ", count: used + 2))\r"))
        used = 0
    }

    /// Leaves it as it is, and the cursor below it.
    mutating func end() {
        if used > 0 { Output.write(ByteBuffer(string: "\n")) }
        used = 0
    }
}
