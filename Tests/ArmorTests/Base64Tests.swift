import Armor
import Foundation
import Testing

@Suite("Base64, RFC 4648")
struct Base64Tests {
    static let vectors = [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"),
    ]

    @Test("The vectors of section 10 are encoded and decoded, with and without padding", arguments: vectors)
    func vector(plain: String, text: String) {
        let bytes = Array(plain.utf8)
        let bare = String(text.prefix { $0 != "=" })
        #expect(Base64.encode(bytes, padded: true) == text)
        #expect(Base64.encode(bytes, padded: false) == bare)
        #expect(Base64URL.encode(bytes) == bare)
        #expect(Base64.decode(text, padded: true) == bytes)
        #expect(Base64.decode(bare, padded: false) == bytes)
        #expect(Base64URL.decode(bare) == bytes)
        if bare != text {
            #expect(Base64.decode(bare, padded: true) == nil)
            #expect(Base64.decode(text, padded: false) == nil)
            #expect(Base64URL.decode(text) == nil)
        }
    }

    @Test("The alphabets differ only in their last two digits")
    func alphabets() {
        let bytes: [UInt8] = [0xFB, 0xEF, 0xFF]
        #expect(Base64.encode(bytes, padded: true) == "++//")
        #expect(Base64URL.encode(bytes) == "--__")
        #expect(Base64.decode("--__", padded: true) == nil)
        #expect(Base64URL.decode("++//") == nil)
    }

    @Test("Every length up to 300 is decoded again, after its prefix")
    func roundTrip() {
        for count in 0...300 {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 167 &+ count) }
            let text = Base64URL.encode(bytes.span.bytes, after: "clv1.")
            #expect(text.starts(with: "clv1.".utf8))
            #expect(Base64URL.decode(text.span.bytes.extracting(5...), after: "clv1") == Array("clv1".utf8) + bytes)
            #expect(Base64.decode(Base64.encode(bytes, padded: true), padded: true) == bytes)
        }
    }

    @Test("Foundation encodes and decodes the same, for every length up to 300")
    func foundation() throws {
        for count in 0...300 {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 201 &+ count &* 7) }
            let text = Data(bytes).base64EncodedString()
            #expect(Base64.encode(bytes, padded: true) == text)
            #expect(Base64.decode(text, padded: true) == bytes)
        }
    }

    @Test("An invalid byte is found anywhere in a long text")
    func foreignByteInLongText() {
        for count in [24, 35, 46] {
            for place in 0..<count {
                for byte in Array("=+/ \0\u{7F}".utf8) + [0x80, 0xFF] {
                    var text = [UInt8](repeating: UInt8(ascii: "A"), count: count)
                    text[place] = byte
                    let decoded = Base64URL.decode(text.span.bytes)
                    #expect(decoded == nil, "\(byte) at \(place) of \(count)")
                }
            }
        }
    }

    @Test("Only 64 bytes are digits, at every position of a quantum")
    func foreignBytes() {
        for place in 0..<7 {
            let accepted = (0...255).count { byte in
                var text = Array("AAAAAAA".utf8)
                text[place] = UInt8(byte)
                return Base64URL.decode(text.span.bytes) != nil
            }
            // The last digit of an incomplete quantum of three digits has two bits that must be zero.
            #expect(accepted == (place == 6 ? 16 : 64))
        }
    }

    @Test(
        "Digits that are not canonical are refused",
        arguments: ["A", "AAAAA", "Zh", "Zm9", "Zg==", "Zm8=", "Zm9v ", " Zm9v", "Zm9v\n", "Zm 9v", "Zm9v\0", "Zé"])
    func refusedWithoutPadding(text: String) {
        #expect(Base64URL.decode(text) == nil)
        #expect(Base64.decode(text, padded: false) == nil)
    }

    @Test(
        "The padding must be exactly what is missing",
        arguments: ["=", "==", "===", "====", "A===", "Zg=", "Zg===", "Zh==", "Zm9=", "Zm9v=", "Zm9v====", "Z=g="])
    func refusedWithPadding(text: String) {
        #expect(Base64.decode(text, padded: true) == nil)
    }
}
