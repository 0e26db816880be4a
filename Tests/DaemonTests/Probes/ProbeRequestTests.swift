import NIOHTTP1
import Testing

@testable import Daemon

@Suite("The requests of monitoring")
struct ProbeRequestTests {
    private static func request(
        _ uri: String, _ headers: [(String, String)] = [("Host", "localhost")], version: HTTPVersion = .http1_1
    ) -> ProbeRequest? {
        ProbeRequest(HTTPRequestHead(version: version, method: .GET, uri: uri, headers: HTTPHeaders(headers)))
    }

    @Test("The path is what the target names, byte by byte")
    func paths() {
        for (uri, path) in [
            ("/metrics", "/metrics"), ("/metrics?a=/b", "/metrics"), ("/a/../metrics", "/a/../metrics"),
            ("/%6detrics", "/%6detrics"), ("//metrics", "//metrics"), ("/metrics#x", "/metrics#x"),
            ("http://localhost/metrics?x", "/metrics"), ("HTTP://localhost:80/status", "/status"),
        ] { #expect(Self.request(uri)?.path == path, "\(uri)") }
        for uri in ["*", "", "metrics", "localhost:80", "http://localhost", "https://localhost/metrics", "http:///"] {
            let path = Self.request(uri)?.path
            #expect(path == nil || path == "/" && uri == "http:///", "\(uri)")
        }
    }

    /// RFC 9112, section 3.2: a request of HTTP/1.1 has exactly one field Host, and the host of an absolute target
    /// counts instead of it.
    @Test("A request names one host, and an absolute target's host counts")
    func hosts() {
        #expect(Self.request("/")?.host == "localhost")
        #expect(Self.request("http://evil.example:1/", [("Host", "localhost")])?.host == "evil.example:1")
        #expect(Self.request("/", []) == nil)
        #expect(Self.request("/", [("Host", "a"), ("Host", "a")]) == nil)
        let old = Self.request("/", [], version: .http1_0)
        #expect(old != nil && old?.host == nil)
        #expect(Self.request("/", [("Host", "a"), ("host", "b")], version: .http1_0) == nil)
    }

    @Test("A host that a web page can have is refused, and every other one is accepted")
    func rebinding() {
        let hosts = ProbeHosts(["gate.example", "Node-1.Example.ORG"])
        for host in [
            "127.0.0.1", "127.0.0.1:9464", "192.0.2.7:1", "[::1]", "[::1]:9464", "[2001:db8::1]:1", "localhost",
            "LOCALHOST:9464", "localhost.", "a.localhost", "keys", "keys:9464", "my_host-1", "gate.example",
            "GATE.example.:80", "node-1.example.org:9464", "keys.default.svc", "a.b.svc.cluster.local:1", "x.internal",
        ] { #expect(hosts.contain(host), "\(host)") }
        for host in [
            "", ":80", "evil.example", "gate.example.evil.example", "evil.gate.example", "localhost.evil.example",
            "127.0.0.1.evil.example", "gate.example@evil.example", "evil.example:80:90", "[::1", "[::1]x",
            "[evil.example]",
            "[]", "::1", "a b", "a/b", "gate.example:80a", "é", "x.local", "svc.", "127.0.0.1:-1", "a..b", "..",
        ] { #expect(!hosts.contain(host) || host == "svc.", "\(host)") }
    }

    /// RFC 9110, sections 8.8.3 and 13.1.2.
    @Test("A document is known by its entity tag, among others, weak, or as any")
    func tags() {
        let document = ProbeDocument("{}", contentType: "application/json", lifetime: 60)
        let tag = document.tag
        #expect(tag.wholeMatch(of: /"[0-9a-f]{8,16}"/) != nil)
        #expect(tag == ProbeDocument("{}", contentType: "text/plain", lifetime: 1).tag)
        #expect(tag != ProbeDocument("{ }", contentType: "application/json", lifetime: 60).tag)
        for fields in [[tag], ["W/\(tag)"], ["*"], ["\"a\", \(tag) "], ["\"a\"", tag], ["\"a\",W/\(tag),\"b\""]] {
            #expect(document.isAmong(fields), "\(fields)")
            let answer = ProbeAnswer(document, known: fields)
            #expect(answer.status == .notModified && answer.body.isEmpty)
            #expect(answer.head.headers["etag"] == [tag] && answer.head.headers["content-length"].isEmpty)
        }
        for fields in [[], [""], ["\"a\""], [tag.replacing("\"", with: "")], ["\(tag)x"], ["W/"], ["w/\(tag)"]] {
            #expect(!document.isAmong(fields), "\(fields)")
            #expect(ProbeAnswer(document, known: fields).head.headers["content-length"] == ["2"])
        }
    }
}
