/// A line that asks for help: `?`, `? VERB` or `VERB ?`.
struct HelpQuestion {
    /// The word that is asked about; nil if the question is about all commands.
    let word: String?
    /// The HELP request that answers the question.
    let request: [UInt8]

    init?(_ line: [UInt8]) {
        let words = TypedWord.split(line).map(\.text)
        switch (words.count, words.firstIndex(of: "?")) {
        case (1, 0): (word, request) = (nil, Array("HELP".utf8))
        case (2, let index?):
            word = words[1 - index]
            request = Array("HELP \(words[1 - index])".utf8)
        case _: return nil
        }
    }
}
