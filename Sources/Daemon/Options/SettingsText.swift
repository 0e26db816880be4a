import Input

/// The settings in the text of a file, and the problems of its lines.
struct SettingsText {
    /// The bytes that a line may have.
    static let longestLine = 4096

    private(set) var settings: [SettingsSources.Added] = []
    private(set) var problems: [SettingsError] = []
    /// The keys of the lines that have a problem.
    private(set) var broken: Set<String> = []

    /// Reads lines of `key = value`.
    ///
    /// - Parameter refusal: Returns the reason why a key is no setting of this program; nil for a setting of it.
    init(_ text: String, path: String, of sources: SettingsSources, refusal: (String) -> String?) {
        var numbers: [String: Int] = [:]
        for line in SettingLine.all(in: text) {
            let origin = "\(path):\(line.number)"
            guard let (key, value) = line.pair, line.text.utf8.count <= Self.longestLine, !line.isHarmful else {
                problems.append(SettingsError("\(origin): \(Self.fault(of: line))"))
                broken.insert(String(line.text.prefix { $0 != "=" }.trimmingBlanks))
                continue
            }
            if let reason = refusal(key) ?? Self.fault(of: value) {
                problems.append(SettingsError("\(origin): \(reason)"))
                broken.insert(key)
                continue
            }
            if let first = numbers[key], !sources.repeatable.contains(key) {
                problems.append(
                    SettingsError("\(origin): \(key) is already on line \(first); remove one of the two lines"))
                continue
            }
            numbers[key] = line.number
            settings += sources.values(of: key, in: value).map {
                SettingsSources.Added(name: key, value: $0, origin: origin)
            }
        }
    }

    /// Returns the last value of a key in the text, whether or not the other lines are good.
    static func value(of key: String, in text: String) -> String? {
        SettingLine.all(in: text).compactMap(\.pair).last { $0.key == key }?.value
    }

    private static func fault(of line: SettingLine) -> String {
        if line.text.utf8.count > longestLine { return "longer than \(longestLine) bytes" }
        if line.isHarmful { return "a control character; remove it" }
        guard line.text.contains("="), !line.text.hasPrefix("=") else {
            return "expected key = value; a remark begins with #"
        }
        let key = line.text.prefix { $0 != "=" }.trimmingBlanks
        return "\(String(key).debugDescription) has no value; add one, or remove the line"
    }

    /// Returns the reason why a value was probably meant otherwise; nil if there is none.
    private static func fault(of value: String) -> String? {
        if let quote = value.first, quote == "\"" || quote == "'" { return "a value has no quotes; remove them" }
        let isRemarked = zip(value, value.dropFirst()).contains { $0.isWhitespace && $1 == "#" }
        return isRemarked ? "a remark needs a line of its own; remove the text from # on" : nil
    }
}
