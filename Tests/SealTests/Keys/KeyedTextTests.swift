import Testing

@testable import Seal

@Suite("Signatures and tags as text")
struct KeyedTextTests {
    static let zeros = String(repeating: "A", count: 86)

    @Test(
        "A signature is read back from its text, with dots in its name or without",
        arguments: ["a", "alice", "a.b.c", "clvs1.1.x", "0._@+-", "a..1."])
    func roundTrip(name: String) throws {
        let signature = try KeyedText(.signature, name: name, version: 4_294_967_295, bytes: Random.bytes(64))
        #expect(KeyedText(.signature, signature.description) == signature)
        #expect(KeyedText(.signature, "clvs1.\(name).12.\(Self.zeros)")?.version == 12)
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
        #expect(KeyedText(.signature, text) == nil)
    }

    @Test("A signature that could not be read again is not made")
    func unwritable() {
        for (name, count) in [("", 64), ("Alice", 64), ("a b", 64), ("alice", 63), ("alice", 65)] {
            #expect(throws: SealError.malformed) {
                try KeyedText(.signature, name: name, version: 1, bytes: Random.bytes(count))
            }
        }
    }

    @Test("A tag is read back from its text, and neither kind is read as the other")
    func kinds() throws {
        for kind in KeyedText.Kind.allCases {
            for count in [31, 32, 33, 63, 64, 65] {
                let text = try? KeyedText(kind, name: "a.b", version: 7, bytes: Random.bytes(count))
                #expect((text != nil) == (count == kind.count))
                guard let text else { continue }
                #expect(text.description.hasPrefix("\(kind.rawValue).a.b.7."))
                for other in KeyedText.Kind.allCases {
                    #expect(KeyedText(other, text.description) == (other == kind ? text : nil))
                }
            }
        }
    }
}
