import Testing

@testable import Wire

@Suite("The network of an address")
struct NetworkTests {
    @Test(
        "A network has the expected text",
        arguments: [
            ("192.0.2.7:4711", "192.0.2.0/24"), ("[2001:db8:1:2:3:4:5:6]:25", "2001:db8:1:2::/64"),
            ("[::ffff:192.0.2.7]:1", "192.0.2.0/24"), ("local", "local"), ("[::1]:9", "::/64"), ("", "local"),
            ("nonsense:1", "local"), ("[fe80::1%eth0]:9", "fe80::/64"),
        ])
    func text(_ peer: String, _ network: String) {
        #expect(Network(peer: peer).description == network)
    }

    @Test(
        "A network can have a prefix of any length",
        arguments: [(32, "192.0.2.215/32"), (25, "192.0.2.128/25"), (9, "192.0.0.0/9"), (0, "0.0.0.0/0")])
    func prefixes(_ bits: Int, _ network: String) {
        #expect(Network(peer: "192.0.2.215:1", bits4: bits).description == network)
    }
}
