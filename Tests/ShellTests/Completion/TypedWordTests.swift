import Testing

@testable import Shell

@Suite("Words of a line that is being typed")
struct TypedWordTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let line: String
        /// The expected words: the text of each in the line, `=`, its value, and `"` if it is quoted or `…` if the
        /// quotation is open.
        let words: [String]
        var testDescription: String { line }
    }

    static let cases = [
        Case(line: "", words: []),
        Case(line: "  SIGN  a ", words: ["SIGN=SIGN", "a=a"]),
        Case(line: #"LOGIN al "correct horse""#, words: ["LOGIN=LOGIN", "al=al", #""correct horse"=correct horse""#]),
        Case(line: #"LOGIN al "correct ho"#, words: ["LOGIN=LOGIN", "al=al", #""correct ho=correct ho…"#]),
        Case(line: #""a\"b\\c" d"#, words: [#""a\"b\\c"=a"b\c""#, "d=d"]),
        Case(line: #"TO="a b" x"#, words: [#"TO="a b"=TO=a b""#, "x=x"]),
        Case(line: #"a"b c"#, words: [#"a"b=a"b"#, "c=c"]),
        Case(line: #"<"my file" >out"#, words: [#"<"my file"=<my file""#, ">out=>out"]),
        Case(line: "> out", words: [">=>", "out=out"]),
        Case(line: "=x a==b", words: ["=x==x", "a==b=a==b"]),
    ]

    @Test(
        "A line is split into words",
        arguments: cases)
    func words(_ given: Case) {
        let bytes = Array(given.line.utf8)
        let words = TypedWord.split(bytes).map { word in
            let typed = String(decoding: bytes[word.range], as: UTF8.self)
            return "\(typed)=\(word.text)" + (word.isOpen ? "…" : word.isQuoted ? "\"" : "")
        }
        #expect(words == given.words)
    }

    @Test("The prefix of a word is not quoted")
    func prefixes() {
        #expect(TypedWord.split("TO=bob <f @f >f bob 1=2 =x".utf8).map(\.prefix) == [3, 1, 1, 1, 0, 2, 0])
    }
}
