/// A line of a settings file with content. Empty lines, and lines that begin with `#`, are not included.
package struct SettingLine {
    /// The number of the line in the file, counted from 1.
    package let number: Int
    /// The line without the blanks around it.
    package let text: Substring

    /// Returns the lines of a file that have content, in their order. LF or CRLF ends a line, as it does in an editor
    /// that shows line numbers. Other characters that end a line for some programs are part of the text.
    package static func all(in text: String) -> [SettingLine] {
        text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }.enumerated().compactMap {
            index, line in
            let line = line.trimmingBlanks
            return line.isEmpty || line.hasPrefix("#") ? nil : SettingLine(number: index + 1, text: line)
        }
    }

    /// Whether the line contains a character that could be read as another line, or that controls a terminal. A tab is
    /// not one of them.
    package var isHarmful: Bool { text.unicodeScalars.contains { $0.isHarmful && $0 != "\t" } }

    /// The key and the value of a line `key = value`, without the blanks around them; nil for any other line.
    package var pair: (key: String, value: String)? {
        let parts = text.split(separator: "=", maxSplits: 1).map(\.trimmingBlanks)
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else { return nil }
        return (String(parts[0]), String(parts[1]))
    }
}

extension Substring {
    /// The text without the blanks around it.
    package var trimmingBlanks: Substring {
        var text = self
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return text
    }
}
