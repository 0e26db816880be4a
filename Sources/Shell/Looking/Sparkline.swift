import Glibc

/// Values of the last seconds as a row of characters, each as high as its value beside the highest that is shown.
enum Sparkline {
    static let blocks = Array("▁▂▃▄▅▆▇█")
    static let ascii = Array("_.-=*#")

    /// What the locale's character set has.
    static let ofLocale: [Character] = {
        setlocale(LC_CTYPE, "")
        return String(cString: nl_langinfo(nl_item(CODESET))) == "UTF-8" ? blocks : ascii
    }()

    /// As many of the last values as `columns` have room for. Nothing stands for nil.
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
