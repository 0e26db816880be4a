/// A line that asks for help: `?`, `? VERB` or `VERB ?`.
struct HelpQuestion {
    /// The HELP request that answers the question.
    let request: [UInt8]

    init?(_ line: [UInt8]) {
        let words = TypedWord.split(line).map(\.text)
        switch (words.count, words.firstIndex(of: "?")) {
        case (1, 0): request = Array("HELP".utf8)
        case (2, let index?): request = Array("HELP \(words[1 - index])".utf8)
        case _: return nil
        }
    }
}
