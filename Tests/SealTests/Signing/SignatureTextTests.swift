import Testing

@testable import Seal
@testable import Signing

@Suite("Signatures as text")
struct SignatureTextTests {
    static let zeros = String(repeating: "A", count: 86)

    @Test(
        "A signature is read back from its text, with dots in its name or without",
        arguments: ["a", "alice", "a.b.c", "clvs1.1.x", "0._@+-", "a..1."])
    func roundTrip(name: String) throws {
        let signature = try SignatureText(name: name, version: 4_294_967_295, bytes: Random.bytes(64))
        #expect(SignatureText(signature.description) == signature)
        #expect(SignatureText("clvs1.\(name).12.\(Self.zeros)")?.version == 12)
    }

    @Test(
        "Other text is refused",
        arguments: [
            "", "clvs1", "clvs1.alice.1", "clvs1.alice.\(zeros)", "clvs1..1.\(zeros)", "clvs2.alice.1.\(zeros)",
            "Clvs1.alice.1.\(zeros)", "clvs1.Alice.1.\(zeros)", "clvs1..alice.1.\(zeros)", "clvs1.-a.1.\(zeros)",
            "clvs1.al ice.1.\(zeros)", "clvs1.alicé.1.\(zeros)", "clvs1.alice.01.\(zeros)", "clvs1.alice.+1.\(zeros)",
            "clvs1.alice..\(zeros)", "clvs1.alice.-1.\(zeros)", "clvs1.alice.4294967296.\(zeros)",
            "clvs1.alice.1.\(zeros)A", "clvs1.alice.1.\(zeros.dropLast())", "clvs1.alice.1.\(zeros)==",
            "clvs1.alice.1.\(zeros.dropLast())B", "clvs1.alice.1.\(zeros) ", " clvs1.alice.1.\(zeros)",
            "clvs1.\(String(repeating: "a", count: 65)).1.\(zeros)", "clvs1.alice.1.\(zeros)\n",
        ])
    func refused(text: String) {
        #expect(SignatureText(text) == nil)
    }

    @Test("A signature that could not be read again is not made")
    func unwritable() {
        for (name, count) in [("", 64), ("Alice", 64), ("a b", 64), ("alice", 63), ("alice", 65)] {
            #expect(throws: SealError.malformed) {
                try SignatureText(name: name, version: 1, bytes: Random.bytes(count))
            }
        }
    }
}
