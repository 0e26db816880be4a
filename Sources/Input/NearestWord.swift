/// The known word that was probably meant by a mistyped one.
package enum NearestWord {
    /// The greatest edit distance between a typed word and a suggested one.
    private static let maximumDistance = 2
    /// The most bytes of a word for which a suggestion is looked for. The time grows with the length.
    private static let longestWord = 64

    /// Returns the word of `words` that is nearest to `word`, or the only one that begins with it. The result is nil if
    /// no word is near, or if several are equally near.
    package static func of(_ word: String, in words: [String]) -> String? {
        let word = Array(word.utf8)
        guard 2...longestWord ~= word.count else { return nil }
        let beginning = words.filter { $0.utf8.starts(with: word) }
        if beginning.count == 1 { return beginning[0] }
        let distances = words.map { (word: $0, distance: distance(word, Array($0.utf8))) }
        guard let least = distances.map(\.distance).min(), least <= min(maximumDistance, word.count / 2) else {
            return nil
        }
        let nearest = distances.filter { $0.distance == least }
        return nearest.count == 1 ? nearest[0].word : nil
    }

    /// Returns the edit distance of two words, by optimal string alignment: insertions, deletions, substitutions, and
    /// swaps of neighbours.
    package static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
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
