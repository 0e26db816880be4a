/// A line of a settings file with content. Empty lines, and lines that begin with `#`, are not included.
package struct SettingLine {
    /// The number of the line in the file, counted from 1.
    package let number: Int
    /// The line without the blanks around it.
    package let text: Substring

    /// Returns the lines of a file that have content, in their order.
    package static func all(in text: String) -> [SettingLine] {
        text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated().compactMap {
            index, line in
            let line = line.trimmingBlanks
            return line.isEmpty || line.hasPrefix("#") ? nil : SettingLine(number: index + 1, text: line)
        }
    }

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
