import Testing

@testable import Link

@Suite("Names and their addresses")
struct NameLookUpTests {
    @Test("An address is its own, and what cannot be a name has none", .timeLimit(.minutes(1)))
    func lookUp() async throws {
        #expect(try await NameLookUp.addresses(of: "192.0.2.7") == ["192.0.2.7"])
        #expect(try await NameLookUp.addresses(of: "2001:db8::7") == ["2001:db8::7"])
        // RFC 6761, 6.3.
        let local = try await NameLookUp.addresses(of: "localhost")
        #expect(local == ["127.0.0.1"] || local == ["::1"], "\(local)")
        await #expect(throws: NameLookUp.Failed.self) { try await NameLookUp.addresses(of: "a..b") }
    }

    @Test("What takes a resolver, and the same port elsewhere")
    func endpoints() {
        for (text, name) in [
            ("keys.example:5000", "keys.example"), ("192.0.2.7:5000", nil), ("[::1]:5000", nil), ("unix:/a", nil),
        ] { #expect(Endpoint(text)?.name == name) }
        #expect(Endpoint("keys.example:5000")?.at("2001:db8::7").description == "[2001:db8::7]:5000")
    }
}
