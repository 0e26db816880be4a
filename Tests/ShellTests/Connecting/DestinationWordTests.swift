import Testing

@testable import Shell

@Suite struct DestinationWordTests {
    @Test(arguments: ["ENCRYPT", "A", "X-9", "HELP", "A1"]) func isAVerb(_ word: String) {
        #expect(Destination.isVerb(word))
    }

    @Test(arguments: ["", "gate", "Gate", "gATE", "9A", "-A", "A_B", "A.B", "Ä", "ENCRYPT ", "A:1", "::1"])
    func isNoVerb(_ word: String) {
        #expect(!Destination.isVerb(word))
    }

    struct Read: Sendable {
        let text: String
        var user: String?
        let host: String
        var port: Int?
        var tls: Destination.TLS?
    }

    @Test(arguments: [
        Read(text: "gate", host: "gate"), Read(text: "gate.example", host: "gate.example"),
        Read(text: "gate.example:7000", host: "gate.example", port: 7000),
        Read(text: "192.0.2.1:1", host: "192.0.2.1", port: 1),
        Read(text: "[::1]", host: "::1"), Read(text: "[2001:db8::1]:65535", host: "2001:db8::1", port: 65535),
        Read(text: "[fe80::1%eth0]:7000", host: "fe80::1%eth0", port: 7000),
        Read(text: "alice@gate", user: "alice", host: "gate"),
        Read(text: "alice@[::1]:7000", user: "alice", host: "::1", port: 7000),
        Read(text: "alice@home.example@gate:7000", user: "alice@home.example", host: "gate", port: 7000),
        Read(text: "a%6Cice%40home@gate", user: "alice@home", host: "gate"),
        Read(text: "clavero://gate", host: "gate"),
        Read(text: "clavero://alice@gate:7000/", user: "alice", host: "gate", port: 7000),
        Read(text: "claveros://gate", host: "gate", tls: .implicit),
        Read(text: "claveros://gate/", host: "gate", tls: .implicit),
        Read(text: "claveros://[::1]:7443", host: "::1", port: 7443, tls: .implicit),
    ])
    func reads(_ expected: Read) throws {
        let destination = try Destination(expected.text)
        #expect(destination.user == expected.user)
        #expect(destination.host == expected.host)
        #expect(destination.port == expected.port)
        #expect(destination.tls == expected.tls)
        #expect(destination.name == expected.host)
    }

    @Test(arguments: [
        "", "@", "alice@", "@gate", "gate:", ":7000", "gate:0", "gate:65536", "gate:7x", "gate:+7", "gate:7:7", "::1",
        "[::1", "[]", "[gate]", "[::1]7000", "[::1]:", "[1.2.3.4]", "[fe80::1%]", "two words", "gate/path",
        "clavero://",
        "clavero:///", "claveros://gate/path", "clavero://gate?x", "http://gate", "%zz@gate", "%4@gate", "%ff@gate",
        "gate\u{1b}[2J",
    ])
    func refuses(_ text: String) {
        let error = #expect(throws: Stop.self) { try Destination(text) }
        #expect(error?.status == .usage)
        #expect(error?.message.contains("\u{1b}") == false)
    }

    @Test(
        "A password is not shown again",
        arguments: [
            "alice:hunter2@gate", "clavero://alice:hunter2@gate", "claveros://alice:hun@ter2@gate:7000/",
            "x://a:hunter2@b",
        ])
    func password(_ text: String) {
        let error = #expect(throws: Stop.self) { try Destination(text) }
        #expect(error?.status == .usage)
        #expect(error?.message.contains("a password has no place") == true)
        #expect(error?.message.contains("ter2") == false)
    }

    @Test("What was said first counts, and what is said of one place is not taken for another")
    func precedence() {
        let gate = Destination(name: "gate", host: "gate.example", port: 7000, user: "alice", tls: .implicit)
        let other = Destination(host: "other.example", port: 1, user: "bob", tls: .off, identity: "/key")
        let both = gate.or(other)
        #expect(
            both
                == Destination(
                    name: "gate", host: "gate.example", port: 7000, user: "alice", tls: .implicit, identity: "/key"))
        #expect(Destination(host: "h").or(other).port == nil)
        #expect(Destination(host: "h").or(Destination(port: 1)).port == 1)
        #expect(
            Destination(port: 2).or(other)
                == Destination(
                    host: "other.example", port: 2, user: "bob", tls: .off, identity: "/key"))
        #expect(Destination(socket: "/s").or(other).host == nil)
        #expect(Destination(host: "h").or(Destination(socket: "/s")).socket == nil)
        #expect(Destination().or(gate) == gate)
    }

    @Test("By what the server is known is said at once, or left to others")
    func trust() throws {
        let fingerprint = try #require(Fingerprint(String(repeating: "ab", count: 32)))
        let pinned = Destination(fingerprint: fingerprint).or(Destination(ca: "/ca"))
        #expect(pinned.ca == nil && pinned.fingerprint == fingerprint)
        let signed = Destination(ca: "/ca").or(Destination(fingerprint: fingerprint))
        #expect(signed.ca == "/ca" && signed.fingerprint == nil)
        #expect(Destination().or(Destination(ca: "/ca")).ca == "/ca")
    }
}
