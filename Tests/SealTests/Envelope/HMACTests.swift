import Secrets
import Testing

@testable import Seal

@Suite("HMAC-SHA-256 and SHA-512")
struct HMACTests {
    /// The key, message, and tag of the test cases 1 to 7 of RFC 4231. The RFC truncates the tag of the fifth.
    static let vectors: [(key: [UInt8], message: [UInt8], tag: String)] = [
        (
            [UInt8](repeating: 0x0B, count: 20), Array("Hi There".utf8),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
        ),
        (
            Array("Jefe".utf8), Array("what do ya want for nothing?".utf8),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        ),
        (
            [UInt8](repeating: 0xAA, count: 20), [UInt8](repeating: 0xDD, count: 50),
            "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"
        ),
        (
            Array(0x01...0x19), [UInt8](repeating: 0xCD, count: 50),
            "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"
        ),
        (
            [UInt8](repeating: 0x0C, count: 20), Array("Test With Truncation".utf8),
            "a3b6167473100ee06e0c796c2955552b"
        ),
        (
            [UInt8](repeating: 0xAA, count: 131), Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        ),
        (
            [UInt8](repeating: 0xAA, count: 131),
            Array(
                ("This is a test using a larger than block-size key and a larger than block-size data. "
                    + "The key needs to be hashed before being used by the HMAC algorithm.").utf8),
            "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"
        ),
    ]

    @Test("The test cases of RFC 4231 give their tags", arguments: vectors.indices)
    func vector(place: Int) {
        let vector = Self.vectors[place]
        #expect(hex(HMAC.sha256(vector.message, key: SecretBytes(vector.key))).hasPrefix(vector.tag))
    }

    @Test("A tag is valid for its message and key only, and only as a whole")
    func tags() {
        let vector = Self.vectors[0]
        let key = SecretBytes(vector.key)
        let tag = hex(vector.tag)
        #expect(HMAC.isTag(tag, of: vector.message, key: key))
        for place in tag.indices {
            #expect(!HMAC.isTag(tag.flipped(at: place), of: vector.message, key: key))
            #expect(!HMAC.isTag(Array(tag[..<place]), of: vector.message, key: key))
        }
        #expect(!HMAC.isTag(tag + [0], of: vector.message, key: key))
        #expect(!HMAC.isTag(tag, of: vector.message + [0], key: key))
        #expect(!HMAC.isTag(tag, of: vector.message, key: SecretBytes(Self.vectors[2].key)))
    }

    @Test("SHA-512 agrees with FIPS 180-4")
    func sha512() {
        #expect(
            hex(SHA512.digest(Array("abc".utf8)))
                == "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
                + "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f")
        #expect(
            hex(SHA512.digest([]))
                == "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce"
                + "47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e")
    }
}
