import Testing

@testable import Shell

@Suite("Fingerprints of certificates")
struct FingerprintTests {
    /// The digest is SHA-256("abc") of FIPS 180-2, B.1.
    @Test("A fingerprint is read in each of its forms")
    func forms() throws {
        let digits = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        let fingerprint = Fingerprint(of: Array("abc".utf8))
        #expect(Fingerprint(digits) == fingerprint)
        #expect(Fingerprint("SHA256:\(digits)") == fingerprint)
        #expect(Fingerprint(fingerprint.description) == fingerprint)
        #expect(Fingerprint("sha256 Fingerprint=\(fingerprint)") == fingerprint)
        #expect(fingerprint.description.hasPrefix("BA:78:16:BF:"))
        #expect(fingerprint.lines.split(separator: "\n").allSatisfy { $0.count < 60 })
        for text in [
            "", "ba78", digits + "00", "g" + digits.dropFirst(), "b:a78" + digits.dropFirst(4),
            "+1" + digits.dropFirst(2),
        ] {
            #expect(Fingerprint(text) == nil)
        }
    }
}
