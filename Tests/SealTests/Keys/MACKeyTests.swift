import Secrets
import Testing

@testable import Seal

@Suite("Keys for tags")
struct MACKeyTests {
    private static let key = try! MACKey(.random(count: 32))

    private static func tag(_ message: [UInt8], _ context: String? = nil, _ key: MACKey = key) -> [UInt8] {
        key.tag(of: message.span.bytes, context: context.map { MessageContext(Array($0.utf8))! })
    }

    private static func isTag(_ tag: [UInt8], _ message: [UInt8], _ context: String? = nil) -> Bool {
        key.isTag(tag, of: message.span.bytes, context: context.map { MessageContext(Array($0.utf8))! })
    }

    @Test("A tag belongs to one key, one context and one message")
    func bound() throws {
        let pairs: [([UInt8], String?)] = [
            ([], nil), ([], "a"), ([1], nil), ([1], "a"), ([0x61], nil), ([1, 0x61], nil), ([0x61], "a"), ([], "aa"),
            ([UInt8](repeating: 7, count: 100_000), "a"), ([UInt8](repeating: 7, count: 100_001), "a"),
        ]
        for (message, context) in pairs {
            let tag = Self.tag(message, context)
            #expect(tag.count == 32)
            for (other, word) in pairs {
                #expect(Self.isTag(tag, other, word) == (other == message && word == context))
            }
            #expect(Self.tag(message, context, try MACKey(.random(count: 32))) != tag)
            for place in tag.indices { #expect(!Self.isTag(tag.flipped(at: place), message, context)) }
            for wrong in [[], Array(tag.dropLast()), tag + [0]] { #expect(!Self.isTag(wrong, message, context)) }
        }
    }

    @Test("No message and context have the input of other ones")
    func injective() {
        var seen: Set<[UInt8]> = []
        // All messages and contexts of up to three letters, of which one is the length of a context.
        let letters: [[UInt8]] = [[0x20], [0x61]]
        var words: [[UInt8]] = [[]]
        for _ in 0..<3 { words += words.flatMap { word in letters.map { word + $0 } } }
        let all = Set(words)
        for message in all {
            for context in all {
                let input = MACKey.withInput(message.span.bytes, MessageContext(context)) { input in
                    input.withUnsafeBytes { Array($0) }
                }
                #expect(seen.insert(input).inserted)
                #expect(input.starts(with: "clavero/1 mac\0".utf8))
            }
        }
        #expect(seen.count == all.count * all.count)
    }

    @Test("A key has 32 bytes")
    func length() {
        for count in [0, 31, 33] { #expect(throws: SealError.malformed) { try MACKey(.random(count: count)) } }
    }

    @Test("Python computes the same tag from the description alone")
    func independent() throws {
        let key = SecretBytes(Array(0..<32))
        let script = """
            import hashlib, hmac
            context, message = sys.argv[1].encode(), sys.argv[2].encode()
            data = b"clavero/1 mac" + bytes([0, len(context)]) + context + message
            print(hmac.new(bytes(range(32)), data, hashlib.sha256).hexdigest())
            """
        for (context, message) in [
            ("", ""), ("", "attack at dawn"), ("é", "x"), (String(repeating: "c", count: 255), "m"),
        ] {
            let tag = try MACKey(key).tag(
                of: Array(message.utf8).span.bytes, context: MessageContext(Array(context.utf8)))
            #expect(try python(script, context, message) == hex(tag))
        }
    }
}
