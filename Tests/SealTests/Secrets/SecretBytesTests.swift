import Secrets
import Testing

@testable import Seal
@testable import Signing

@Suite("Secrets, randomness, and digests")
struct SecretBytesTests {
    /// This type is not private, because the name of a private type is printed with an address, which has arbitrary
    /// digits.
    struct Holder {
        let secret: SecretBytes
        let recipient: Envelope.Recipient
    }

    @Test("Nothing that is printed shows the bytes")
    func printing() throws {
        let secret = SecretBytes(Array("correct horse".utf8))
        #expect("\(secret)" == "SecretBytes(13 bytes)")
        #expect(String(reflecting: secret) == "SecretBytes(13 bytes)")
        #expect(Mirror(reflecting: secret).children.isEmpty)
        let key = try EnvelopeKey(SecretBytes([UInt8](repeating: 99, count: 32)))
        let holder = Holder(secret: secret, recipient: .init(name: "alice", version: 1, key: key))
        var dumped = ""
        dump(holder, to: &dumped)
        for text in [dumped, "\(holder)", String(reflecting: holder)] {
            #expect(text.contains("SecretBytes(13 bytes)"))
            // Neither the text, nor its numbers, nor its address may be printed. The letter c is 99.
            for leak in ["horse", "99", "0x"] { #expect(!text.contains(leak)) }
        }
        #expect("\(SigningKey())".contains("SecretBytes(32 bytes)"))
    }

    @Test("Secrets are equal if their bytes are")
    func equality() {
        #expect(SecretBytes([1, 2, 3]) == SecretBytes([1, 2, 3]))
        #expect(SecretBytes([1, 2, 3]) != SecretBytes([1, 2, 4]))
        #expect(SecretBytes([1, 2, 3]) != SecretBytes([1, 2]))
        #expect(SecretBytes([]) == SecretBytes([]))
    }

    @Test("The bytes are copied in, and are lent out")
    func lending() throws {
        var array: [UInt8] = [1, 2, 3]
        let secret = SecretBytes(copying: array.span.bytes)
        array[0] = 9
        #expect(secret.count == 3)
        #expect(secret.withUnsafeBytes { Array($0) } == [1, 2, 3])
        #expect(secret.withBytes { $0.byteCount } == 3)
        #expect(throws: SealError.damaged) {
            try SecretBytes(count: 3) { (_) throws(SealError) in throw .damaged }
        }
    }

    @Test("Random bytes have the requested number, and differ each time")
    func random() {
        for count in [0, 1, 24, 1000] {
            #expect(Random.bytes(count).count == count)
            #expect(SecretBytes.random(count: count).count == count)
        }
        #expect(Random.bytes(16) != Random.bytes(16))
        #expect(SecretBytes.random(count: 16) != .random(count: 16))
    }

    @Test("SHA-256 agrees with FIPS 180-4")
    func digest() {
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        #expect(hex(SHA256.digest(Array("abc".utf8))) == expected)
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        #expect(hex(SHA256.digest([])) == empty)
    }

    @Test("HKDF agrees with RFC 5869, appendices A.1 to A.3")
    func derivation() throws {
        func derive(_ key: [UInt8], _ salt: [UInt8], _ info: [UInt8], _ count: Int) throws -> String {
            let derived = try HKDF.sha256(SecretBytes(key), salt: salt, info: info, count: count)
            return hex(derived.withUnsafeBytes { Array($0) })
        }
        let key = [UInt8](repeating: 0x0B, count: 22)
        #expect(
            try derive(key, Array(0x00...0x0C), Array(0xF0...0xF9), 42)
                == "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865")
        #expect(
            try derive(Array(0x00...0x4F), Array(0x60...0xAF), Array(0xB0...0xFF), 82)
                == "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09"
                + "da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87")
        #expect(
            try derive(key, [], [], 42)
                == "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8")
        for count in [-1, 0, 8161] { #expect(throws: SealError.malformed) { try derive(key, [], [], count) } }
    }
}
