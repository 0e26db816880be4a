import Daemon
import Link
import NIOCore
import Testing

@Suite("Endpoints")
struct EndpointTests {
    @Test(
        "An endpoint is a host and a port, and an IPv6 address is in brackets",
        arguments: [
            ("127.0.0.1:5000", "127.0.0.1", 5000), ("localhost:0", "localhost", 0),
            ("a.b-c.example:65535", "a.b-c.example", 65535),
            ("*:6000", "*", 6000), ("[::1]:5000", "::1", 5000), ("[::]:1", "::", 1),
            ("[fe80::1%eth0]:80", "fe80::1%eth0", 80),
        ])
    func read(_ text: String, _ host: String, _ port: Int) throws {
        let endpoint = try #require(Endpoint(argument: text))
        #expect(endpoint == .tcp(host: host, port: port))
        #expect(endpoint.description == text)
    }

    @Test("A Unix socket is named by an absolute path that fits a system's address")
    func unix() throws {
        for path in ["/s", "/run/clavero/keys.sock", "/a b:80", "/" + String(repeating: "ä", count: 51)] {
            let endpoint = try #require(Endpoint(argument: "unix:\(path)"))
            #expect(endpoint == .unix(path: path))
            #expect(endpoint.description == "unix:\(path)")
        }
    }

    @Test("A path alone names a socket if it fits a system's address")
    func path() {
        for path in ["/s", "data/keys.sock", "a:80", "/" + String(repeating: "a", count: 102)] {
            #expect(Endpoint(socket: path) == .unix(path: path))
        }
        for path in ["", "/", "data/", "/a\0b", "/" + String(repeating: "a", count: 103)] {
            #expect(Endpoint(socket: path) == nil)
        }
    }

    @Test("The address of a peer has the form of an endpoint")
    func address() throws {
        for (host, text) in [
            ("192.0.2.1", "192.0.2.1:25"), ("2001:db8::1", "[2001:db8::1]:25"),
            ("::ffff:192.0.2.1", "192.0.2.1:25"),
        ] {
            #expect(try SocketAddress(ipAddress: host, port: 25).text == text)
        }
        #expect(try SocketAddress(unixDomainSocketPath: "/run/keys").text == "local")
    }

    @Test("An endpoint on this machine is local, and one that needs a resolver is not")
    func local() throws {
        for text in [
            "127.0.0.1:1", "127.255.255.254:1", "127.0.0.0:1", "[::1]:1", "[0:0::0:1]:1", "localhost:1", "LocalHost:1",
            "unix:/run/keys", "[::ffff:127.0.0.1]:1", "[::ffff:7f00:1]:1",
        ] {
            #expect(try #require(Endpoint(argument: text)).isLocal, "\(text)")
        }
        for text in [
            "*:1", "0.0.0.0:1", "[::]:1", "126.255.255.255:1", "128.0.0.1:1", "10.0.0.127:1", "[::2]:1", "[1::1]:1",
            "[fe80::1%eth0]:1", "localhost.example:1", "127.0.0.1.example:1", "a.localhost:1", "2130706433:1",
            "[::ffff:10.0.0.1]:1", "[::127.0.0.1]:1",
        ] {
            #expect(try !#require(Endpoint(argument: text)).isLocal, "\(text)")
        }
    }

    @Test(
        "Any other text is not an endpoint",
        arguments: [
            "", ":", "localhost", "localhost:", ":80", "localhost:65536", "localhost:-1", "localhost:+80",
            "localhost:-0", "localhost:080",
            "localhost:8o",
            "localhost: 80", "localhost:80 ", "localhost:99999999999999999999", "localhost:0x50", "localhost:８０",
            "[*]:80", "a*:80", "*a:80", "*", "*:", "::1", "::1:80", "[::1]", "[::1]80", "[::1]:", "[]:80", "[::1:80",
            "::1]:80", "a:b:80", "http://a:80",
            "unix:", "unix:/", "unix:/run/", "unix:run/keys", "Unix:/run/keys", "/run/keys", "unix:/a\0b",
            "unix:/" + String(repeating: "a", count: 103), "unix:/" + String(repeating: "ä", count: 52),
        ])
    func refusal(_ text: String) {
        #expect(Endpoint(argument: text) == nil)
    }
}
