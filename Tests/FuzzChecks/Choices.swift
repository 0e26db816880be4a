/// A sequence of bytes that makes the choices of a check. With it, an input of the fuzzer, a file of the corpus and a
/// generated input work in the same way. When no bytes are left, each choice takes its first alternative.
struct Choices {
    private var bytes: ArraySlice<UInt8>

    init(_ bytes: some Sequence<UInt8>) {
        self.bytes = Array(bytes)[...]
    }

    mutating func next() -> UInt8 { bytes.popFirst() ?? 0 }

    mutating func number(below bound: Int) -> Int { Int(next()) % bound }

    mutating func isChosen() -> Bool { next() & 1 == 1 }

    mutating func one<Value>(of values: [Value]) -> Value { values[number(below: values.count)] }

    mutating func take(_ count: Int) -> ArraySlice<UInt8> {
        defer { bytes = bytes.dropFirst(count) }
        return bytes.prefix(count)
    }

    mutating func rest() -> [UInt8] {
        defer { bytes = [] }
        return Array(bytes)
    }

    /// Returns a text that consists of pieces that look like framing and of the bytes themselves. Sometimes it has a
    /// very long piece.
    mutating func text() -> String {
        var text = ""
        for _ in 0..<number(below: 5) {
            switch number(below: 4) {
            case 0: text += String(decoding: take(number(below: 12)), as: UTF8.self)
            case 1 where isChosen(): text += String(repeating: one(of: Self.fillings), count: one(of: Self.lengths))
            default: text += one(of: Self.pieces)
            }
        }
        return text
    }

    private static let lengths = [1, 7, 70, 7998, 7999, 8000, 8001, 9000, 16_000]
    private static let fillings = ["x", "é", "€", "😀", "{", " "]
    private static let pieces = [
        "{5}", " {5}", "={5+}", "{0}", " {363}", " {99999999999999999999}", "{18446744073709551616+}", "{05}", "}", "{",
        "2.0.0", "5.7.1 ", "1.2.3 x", "250 2.0.0 done", "\r\n", "\n", "\r", "\0", "\t", " ", "\u{1B}[2J", "\u{7F}",
        "\u{85}",
        "\u{9B}", "\u{202E}", "\u{2028}", "\u{FEFF}", "\u{FFFF}", "e\u{301}", "\r\n* TOKEN 7 stolen\r\n", "#7 250 x",
        "* END 7", "\"", "\\", "\" TOKEN=x", " USER=root", "PEER=\"192.0.2.1:1\"", "alice", "local", "192.0.2.1:40312",
        "[2001:db8::1]:9", "eyJhbGciOiJFZERTQSJ9.e30.AAAA",
    ]
}

/// The error of a property that does not hold.
package struct Violation: Error, CustomStringConvertible {
    package let description: String

    init(_ description: String) {
        self.description = description
    }
}

func require(_ condition: Bool, _ text: @autoclosure () -> String) throws {
    guard condition else { throw Violation(text()) }
}
