import Testing

@testable import Link

@Suite("Host names and their addresses")
struct HostResolverTests {
    @Test("An address resolves to itself, and an invalid name does not resolve", .timeLimit(.minutes(1)))
    func lookUp() async throws {
        #expect(try await HostResolver.addresses(of: "192.0.2.7") == ["192.0.2.7"])
        #expect(try await HostResolver.addresses(of: "2001:db8::7") == ["2001:db8::7"])
        // The name is reserved by RFC 6761, section 6.3.
        let local = try await HostResolver.addresses(of: "localhost")
        #expect(local == ["127.0.0.1"] || local == ["::1"], "\(local)")
        await #expect(throws: HostResolver.LookupError.self) { try await HostResolver.addresses(of: "a..b") }
    }

    @Test("Only names need a resolver, and an endpoint keeps its port at another address")
    func endpoints() {
        for (text, name) in [
            ("keys.example:5000", "keys.example"), ("192.0.2.7:5000", nil), ("[::1]:5000", nil), ("unix:/a", nil),
        ] { #expect(Endpoint(text)?.name == name) }
        #expect(Endpoint("keys.example:5000")?.at("2001:db8::7").description == "[2001:db8::7]:5000")
    }
}
