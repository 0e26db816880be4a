import Wire

/// The verb that is suggested for a mistyped one.
enum VerbSuggestion {
    /// The greatest edit distance between a typed word and a suggested verb.
    private static let maximumDistance = 2

    /// Returns the verb that is nearest to `word`, or nil if no verb is near or several are equally near.
    static func suggestion(for word: String, in manifest: Manifest) -> String? {
        let word = Array(word.uppercased().utf8)
        guard word.count > 1 else { return nil }
        let beginning = manifest.specs.map(\.name).filter { $0.utf8.starts(with: word) }
        if beginning.count == 1 { return beginning[0] }
        let distances = manifest.specs.map { (name: $0.name, distance: distance(word, Array($0.name.utf8))) }
        guard let least = distances.map(\.distance).min(), least <= min(maximumDistance, word.count / 2) else {
            return nil
        }
        let nearest = distances.filter { $0.distance == least }
        return nearest.count == 1 ? nearest[0].name : nil
    }

    /// Returns the edit distance of two words, by optimal string alignment: insertions, deletions, substitutions, and
    /// swaps of neighbours.
    static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var before: [Int] = []
        var row = Array(0...right.count)
        for (i, letter) in left.enumerated() {
            var next = [i + 1]
            for (j, other) in right.enumerated() {
                var least = min(row[j] + (letter == other ? 0 : 1), row[j + 1] + 1, next[j] + 1)
                if i > 0, j > 0, letter == right[j - 1], left[i - 1] == other { least = min(least, before[j - 1] + 1) }
                next.append(least)
            }
            (before, row) = (row, next)
        }
        return row[right.count]
    }
}
