import Secrets
import Testing

@testable import Seal

@Suite("The form of passwords: OpaqueString, RFC 8265")
struct OpaqueStringTests {
    private static func prepared(_ bytes: [UInt8]) -> [UInt8]? {
        OpaqueString.prepare(SecretBytes(bytes))?.withUnsafeBytes { Array($0) }
    }

    private static func prepared(_ text: String) -> [UInt8]? { prepared(Array(text.utf8)) }

    @Test("The examples of section 4.3 are prepared, and other texts stay as they are")
    func examples() {
        for text in [
            "correct horse battery staple", "Correct Horse Battery Staple", "\u{3C0}\u{DF}\u{E5}",
            "Jack of \u{2666}s", "my cat is a \u{C9}", "\u{1F512}", " ", "\u{FF21}\u{FB01}\u{2460}", "I\u{130}",
        ] {
            #expect(Self.prepared(text) == Array(text.utf8), "\(text)")
        }
        #expect(Self.prepared("foo\u{1680}bar") == Array("foo bar".utf8))
        for text in ["", "my cat is a \u{9}by", "a\0", "a\u{7F}", "a\u{85}", "a\n"] {
            #expect(Self.prepared(text) == nil, "\(text)")
        }
        for bytes: [UInt8] in [[0xF1], [0x61, 0xC3], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80]] {
            #expect(Self.prepared(bytes) == nil)
        }
    }

    @Test("A password that is in the form already is returned itself")
    func same() {
        for text in ["correct horse", "contrase\u{F1}a"] {
            let password = SecretBytes(Array(text.utf8))
            #expect(OpaqueString.prepare(password) === password)
        }
    }

    @Test("The longest password is prepared, and a longer one is refused")
    func bound() {
        let decomposed = String(repeating: "\u{3B9}\u{308}\u{301}", count: 512)
        #expect(Self.prepared(decomposed) == Array(String(repeating: "\u{390}", count: 512).utf8))
        #expect(Self.prepared([UInt8](repeating: 0x61, count: 4096))?.count == 4096)
        #expect(Self.prepared([UInt8](repeating: 0x61, count: 4097)) == nil)
    }

    /// Python's tables may be of an older Unicode version. Its characters keep their forms in later versions.
    @Test("Each composed character gets the form that Python's unicodedata gives it, composed or decomposed")
    func python() throws {
        let script = """
            import unicodedata as u
            for code in range(0xA0, 0x30000):
                text = chr(code)
                if u.category(text) in ("Cn", "Cs", "Co", "Cc"): continue
                parts = u.normalize("NFD", text)
                # One of each 16 syllables, which are all made alike.
                if parts == text or (0xAC00 <= code < 0xD7A4 and code % 16): continue
                for given in (text, parts, "q" + parts + "\\u0323\\u0301"):
                    print(given.encode().hex(), u.normalize("NFC", given).encode().hex())
            """
        let lines = try SealTests.python(script).split(separator: "\n")
        #expect(lines.count > 5000)
        for line in lines {
            let parts = line.split(separator: " ")
            let mapped = String(decoding: hex(parts[1]), as: UTF8.self).unicodeScalars.map { scalar in
                scalar.properties.generalCategory == .spaceSeparator ? " " : scalar
            }
            let expected = String(String.UnicodeScalarView(mapped))
            if Self.prepared(hex(parts[0])) != Array(expected.utf8) { Issue.record("\(line)") }
        }
    }
}
