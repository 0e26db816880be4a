import Testing

@testable import Bench

@Suite("The harness' arguments")
struct ArgumentsTests {
    private func parse(_ words: String...) throws(Arguments.Wrong) -> Arguments {
        try Arguments(words, options: ["only", "seconds", "name"], flags: ["tls"])
    }

    @Test("Values, flags and lists are read")
    func read() throws {
        let arguments = try parse("--only", "1,3,17", "--tls", "--seconds", "0.5", "--name", "a", "--name", "b")
        #expect(try arguments.list("only") == [1, 3, 17])
        #expect(arguments.has("tls"))
        #expect(try arguments.number("seconds", 1.0) == 0.5)
        #expect(arguments.all("name") == ["a", "b"])
        #expect(arguments.text("name") == "b")
    }

    @Test("An option that is left out has its default")
    func defaults() throws {
        let arguments = try parse()
        #expect(try arguments.list("only") == nil)
        #expect(!arguments.has("tls"))
        #expect(try arguments.number("seconds", 2) == 2)
    }

    @Test("A wrong argument is named")
    func wrong() {
        #expect(throws: Arguments.Wrong(description: "--fast: unknown")) { try parse("--fast") }
        #expect(throws: Arguments.Wrong(description: "seconds: unknown")) { try parse("seconds", "1") }
        #expect(throws: Arguments.Wrong(description: "--seconds needs a value")) { try parse("--seconds") }
        #expect(throws: Arguments.Wrong(description: "--seconds 0: no such number")) {
            try parse("--seconds", "0").number("seconds", 1)
        }
        #expect(throws: Arguments.Wrong(description: "--only 1,,2: not a list of numbers")) {
            try parse("--only", "1,,2").list("only")
        }
    }
}
