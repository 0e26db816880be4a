import Daemon
import Testing

@Suite("Endpoints")
struct EndpointTests {
    @Test(
        "A host and a port, the host in brackets if it is an IPv6 address",
        arguments: [
            ("127.0.0.1:5000", "127.0.0.1", 5000), ("localhost:0", "localhost", 0),
            ("a.b-c.example:65535", "a.b-c.example", 65535),
            ("[::1]:5000", "::1", 5000), ("[::]:1", "::", 1), ("[fe80::1%eth0]:80", "fe80::1%eth0", 80),
        ])
    func read(_ text: String, _ host: String, _ port: Int) throws {
        let endpoint = try #require(Endpoint(argument: text))
        #expect(endpoint.host == host)
        #expect(endpoint.port == port)
        #expect(endpoint.description == text)
    }

    @Test(
        "Anything else is none",
        arguments: [
            "", ":", "localhost", "localhost:", ":80", "localhost:65536", "localhost:-1", "localhost:+80",
            "localhost:-0", "localhost:080",
            "localhost:8o",
            "localhost: 80", "localhost:80 ", "localhost:99999999999999999999", "localhost:0x50", "localhost:８０",
            "::1", "::1:80", "[::1]", "[::1]80", "[::1]:", "[]:80", "[::1:80", "::1]:80", "a:b:80", "http://a:80",
        ])
    func refusal(_ text: String) {
        #expect(Endpoint(argument: text) == nil)
    }
}
