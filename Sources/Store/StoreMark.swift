/// What a store was at one moment, for those who keep what they have read: as long as the store's mark is the same,
/// nobody has changed an account or a key that was there.
package struct StoreMark: Sendable, Equatable {
    private let words: [5 of UInt64]

    package init(_ words: [5 of UInt64]) {
        self.words = words
    }

    package static func == (left: StoreMark, right: StoreMark) -> Bool {
        var difference: UInt64 = 0
        for index in 0..<5 { difference |= left.words[index] ^ right.words[index] }
        return difference == 0
    }
}
