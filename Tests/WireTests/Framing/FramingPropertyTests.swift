import Foundation
import FuzzChecks
import Testing

@Suite("Framing of random input")
struct FramingPropertyTests {
    /// A generator (SplitMix64; Steele, Lea, Flood 2014) that gives the same bytes in every run.
    private struct Bytes: IteratorProtocol, Sequence {
        var state: UInt64

        mutating func next() -> UInt8? {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = state
            mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
            return UInt8(truncatingIfNeeded: mixed ^ mixed >> 31)
        }
    }

    @Test(
        "Replies, frames, notes and requests that contain framing are read as written, however they are cut",
        arguments: 0..<11 as Range<UInt8>, 0..<4 as Range<UInt64>)
    func random(_ check: UInt8, _ part: UInt64) throws {
        for seed in 0..<12 {
            let bytes = [check] + Bytes(state: part << 32 | UInt64(seed)).prefix(40 + seed * 2)
            #expect(throws: Never.self, "\(bytes)") { try checkFraming(bytes) }
        }
    }

    @Test(
        "All parsers of outside input keep their promises on random bytes", arguments: 0..<8 as Range<UInt8>,
        0..<4 as Range<UInt64>)
    func parsers(_ check: UInt8, _ part: UInt64) throws {
        for seed in 0..<50 {
            // An odd byte after the parser's number makes the check change a valid input.
            let bytes = [check, 1, 1] + Bytes(state: part << 32 | UInt64(seed)).prefix(12 + seed % 40)
            #expect(throws: Never.self, "\(bytes)") { try checkParser(bytes) }
        }
    }

    @Test("The fuzzer's corpus breaks no promise")
    func corpus() throws {
        let folder = try #require(Bundle.module.url(forResource: "corpus", withExtension: nil))
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        #expect(files.count >= 8)
        for file in files {
            let bytes = try Data(contentsOf: file)
            #expect(throws: Never.self, "\(file.lastPathComponent)") { try checkOne(bytes) }
        }
    }

    /// The inputs as text. Each character represents the byte with the same number.
    private static let cutInputs: [String] = [
        "DECRYPT  \u{FF} {30+}\r\n#3 250 2.0.0 x\r\n* TOKEN 3 x\r\n\n\u{FF}\u{FE}\n.\nECHO x\r\n",
        "{3+}\r\nHELP \u{FF}\u{F6}\r\n\u{F6}\r\n",
        "NOOP\n\u{FF}\u{FE}\nHELP ZZ\nNOOP x\n",
        "HELP \u{FF}\u{FA}\nHELP ZZ\nNOOP x\n\u{FF}\u{F0}\nEHLO\n",
        // These lines exceed the limit and end in a mark, and some contain telnet commands.
        long + "\u{FF}\u{F6} {3+}\r\nabcNOOP\n",
        long + "\u{FF}\u{FA}" + many("\n", 30) + "\u{FF}\u{F0}\n",
        long + "\u{FF}\u{FF}\u{FF}\nNOOP x\n",
        "NOOP y\n" + long + " {00000000000000000000003+}\nNOOP x\n",
        long + "x{00000000000000000003+}\r\nNOOP x\n",
        "\u{FF}\u{FA}" + many("\n", 35) + "\u{FF}\u{F0}NOOP x\n",
        "\u{FF}\u{FA}" + many("\n", 600) + "NOOP x\n",
        many("\u{FF}\u{F6}", 200) + "NOOP x\n\u{FF}",
        // These inputs are a text that is too large and has a NUL, an answer that is too long, and a line whose
        // length is allowed only after a log-in.
        "LOGIN alice x\nECHO\n" + long + "\0\n.\nNOOP x\n",
        "LOGIN alice x\nECHO\n" + many("\u{FF}\u{F6}x\n", 20) + ".\nNOOP x\n",
        "LOGIN alice\n" + long + " {3+}\nNOOP x\n",
        "LOGIN alice x\nLOGOUT\nECHO 012345678901234567890123456789012345678\nNOOP x\n",
    ]
    private static let long = many("x", 70)

    private static func many(_ text: String, _ count: Int) -> String { String(repeating: text, count: count) }

    @Test("Telnet, literals, texts and prompts are read the same, however they are cut", arguments: cutInputs)
    func cuts(_ input: String) throws {
        try checkCuts(of: input.unicodeScalars.map { UInt8($0.value) })
    }
}
