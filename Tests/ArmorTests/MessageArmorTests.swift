import Armor
import Testing

@Suite("The text form of sealed messages")
struct MessageArmorTests {
    private let sealed = Array("clv1".utf8) + (0...255).map { UInt8($0) }

    @Test("The text form is one word, and is read even if it was wrapped")
    func wrapped() throws {
        let text = try #require(Self.encode(sealed))
        #expect(text.starts(with: "clv1.AAECAwQF".utf8))
        #expect(!text.contains { $0 <= 0x20 || $0 >= 0x7F || $0 == UInt8(ascii: "=") })
        #expect(Self.decode(text) == sealed)
        for white in [" ", "\n", "\r\n", "\t", "\r\n \t"] {
            #expect(Self.decode(text.flatMap { [$0] + white.utf8 }) == sealed)
        }
    }

    @Test("Bytes and texts with a wrong beginning are refused")
    func foreign() throws {
        let rest = try #require(Self.encode(sealed)).dropFirst(5)
        for prefix in ["", "clv1", "clv2.", "CLV1.", "clv1.=", "clv1.\u{B}", "clv1.\0", "-clv1."] {
            #expect(Self.decode(Array(prefix.utf8) + rest) == nil)
        }
        #expect(Self.decode(Array("clv1.".utf8)) == Array("clv1".utf8))
        #expect(Self.decode([]) == nil)
        #expect(Self.encode(Array("clv2".utf8)) == nil)
    }

    @Test("Writing into the caller's memory gives the same text, and writes nothing else")
    func intoMemory() throws {
        for count in 4...sealed.count {
            let bytes = Array(sealed[..<count])
            var memory = [UInt8](repeating: 0xA5, count: MessageArmor.encodedCount(of: count) + 16)
            let isWritten = memory.withUnsafeMutableBytes { memory in
                MessageArmor.encode(
                    bytes.span.bytes, into: UnsafeMutableRawBufferPointer(rebasing: memory.dropLast(16)))
            }
            #expect(isWritten && memory.dropLast(16) == Self.encode(bytes)?[...])
            #expect(memory.suffix(16).allSatisfy { $0 == 0xA5 })
        }
        for foreign in ["", "clv", "clv2", "CLV1 "] {
            var memory = [UInt8](repeating: 0xA5, count: MessageArmor.encodedCount(of: foreign.utf8.count))
            let isWritten = memory.withUnsafeMutableBytes { MessageArmor.encode(foreign.utf8Span.span.bytes, into: $0) }
            #expect(!isWritten && memory.allSatisfy { $0 == 0xA5 })
        }
    }

    // These take arrays, because #expect cannot print spans.
    private static func encode(_ bytes: [UInt8]) -> [UInt8]? { MessageArmor.encode(bytes.span.bytes) }
    private static func decode(_ text: [UInt8]) -> [UInt8]? { MessageArmor.decode(text.span.bytes) }
}
