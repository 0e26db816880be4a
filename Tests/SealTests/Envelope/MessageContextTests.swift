import Secrets
import Testing

@testable import Seal

@Suite("Contexts of sealed messages")
struct MessageContextTests {
    private typealias Envelopes = EnvelopeTests

    private static func context(_ text: String) -> MessageContext { MessageContext(Array(text.utf8))! }

    private static func sealed(_ context: MessageContext?) throws -> [UInt8] {
        try Envelope.seal(Envelopes.message, from: "carol", to: [Envelopes.alice, Envelopes.bob], context: context)
    }

    private static func opened(_ bytes: [UInt8], _ context: MessageContext?) throws -> [UInt8] {
        try Envelope(parsing: bytes).open(as: "bob", version: 0xFFFF_FFFF, key: Envelopes.bob.key, context: context)
    }

    @Test("A context has 1 to 255 bytes of UTF-8, without control characters")
    func form() {
        for text in ["a", " ", "é", "invoices/2026 \"x\"", String(repeating: "x", count: 255), "clv1."] {
            #expect(MessageContext(Array(text.utf8))?.bytes == Array(text.utf8))
        }
        for text in ["", "\0", "a\n", "\u{7F}", "a\u{85}b", "\t", String(repeating: "x", count: 256)] {
            #expect(MessageContext(Array(text.utf8)) == nil)
        }
        for bytes in [[0xFF], [0xC3], [0xED, 0xA0, 0x80], [0x61, 0xC0, 0x80]] as [[UInt8]] {
            #expect(MessageContext(bytes) == nil)
        }
    }

    @Test("A message opens with the context that it was sealed with, and with no other")
    func others() throws {
        let contexts =
            ["a", "b", "aa", "A", "invoices", "é", "e\u{301}", String(repeating: "x", count: 255)]
            .map(Self.context) + [nil]
        for context in contexts {
            let bytes = try Self.sealed(context)
            #expect(try Envelope(parsing: bytes).header.hasContext == (context != nil))
            for other in contexts {
                if other == context {
                    #expect(try Self.opened(bytes, other) == Envelopes.message)
                } else {
                    #expect(throws: SealError.damaged) { try Self.opened(bytes, other) }
                }
            }
        }
    }

    @Test("The envelope is as long as without a context, and does not contain it")
    func notKept() throws {
        let context = Self.context("a context of some length")
        let (with, without) = (try Self.sealed(context), try Self.sealed(nil))
        #expect(with.count == without.count)
        #expect(!with.indices.contains { with[$0...].starts(with: context.bytes) })
    }

    @Test("The flag cannot be set or removed, and bytes cannot move between the header and the context")
    func flag() throws {
        let context = Self.context("a")
        for (sealed, opening) in [(context, nil), (nil, context), (context, context), (nil, nil)] {
            var bytes = try Self.sealed(sealed)
            bytes[4] ^= Envelope.contextFlag
            #expect(throws: SealError.damaged) { try Self.opened(bytes, opening) }
        }
    }

    @Test("Every changed bit and every truncation of an envelope with a context is an error")
    func damage() throws {
        let context = Self.context("a")
        let bytes = try Self.sealed(context)
        for place in bytes.indices {
            #expect(throws: SealError.self) { try Self.opened(bytes.flipped(at: place), context) }
            #expect(throws: SealError.self) { try Self.opened(Array(bytes[..<place]), context) }
        }
    }
}
