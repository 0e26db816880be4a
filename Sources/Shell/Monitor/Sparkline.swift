import Glibc

/// A row of characters whose heights show the values of the last seconds, relative to the greatest one.
enum Sparkline {
    static let blockLevels = Array("▁▂▃▄▅▆▇█")
    static let asciiLevels = Array("_.-=*#")

    /// The characters for the locale's character set.
    static let localeLevels: [Character] = {
        setlocale(LC_CTYPE, "")
        return String(cString: nl_langinfo(nl_item(CODESET))) == "UTF-8" ? blockLevels : asciiLevels
    }()

    /// Returns the sparkline of the last values that fit into `columns`. A nil value is a space.
    static func text(_ values: [Int?], columns: Int, levels: [Character]) -> String {
        let shown = values.suffix(max(0, columns))
        let highest = shown.compactMap(\.self).max() ?? 0
        return String(shown.map { $0.map { level(of: $0, below: highest, levels) } ?? " " })
    }

    private static func level(of value: Int, below highest: Int, _ levels: [Character]) -> Character {
        guard highest > 0 else { return levels[0] }
        return levels[min(value * levels.count / highest, levels.count - 1)]
    }
}
