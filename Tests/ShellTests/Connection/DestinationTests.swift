import Input
import Testing

@testable import Shell

@Suite("Destinations")
struct DestinationTests {
    @Test(
        "A word in capitals is a verb",
        arguments: ["ENCRYPT", "A", "X-9", "X-RAY2", "HELP", "A1"])
    func verbs(_ word: String) {
        #expect(Destination.looksLikeVerb(word))
    }

    @Test(
        "Any other word is a server",
        arguments: [
            "", "gate", "Gate", "gATE", "9A", "-A", "10.0.0.1", "GATE.EXAMPLE", "A_B", "A.B", "Ä", "ENCRYPT ", "A:1",
            "::1",
        ])
    func servers(_ word: String) {
        #expect(!Destination.looksLikeVerb(word))
    }

    struct Read: Sendable {
        let text: String
        var user: String?
        let host: String
        var port: Int?
        var tls: Destination.TLS?
    }

    @Test(
        "The name of a server is parsed",
        arguments: [
            Read(text: "gate", host: "gate"), Read(text: "gate.example", host: "gate.example"),
            Read(text: "gate.example:7000", host: "gate.example", port: 7000),
            Read(text: "192.0.2.1:1", host: "192.0.2.1", port: 1),
            Read(text: "[::1]", host: "::1"), Read(text: "[2001:db8::1]:65535", host: "2001:db8::1", port: 65535),
            Read(text: "[fe80::1%eth0]:7000", host: "fe80::1%eth0", port: 7000),
            Read(text: "alice@gate", user: "alice", host: "gate"),
            Read(text: "alice@[::1]:7000", user: "alice", host: "::1", port: 7000),
            Read(text: "alice@home.example@gate:7000", user: "alice@home.example", host: "gate", port: 7000),
            Read(text: "a%6Cice%40home@gate", user: "alice@home", host: "gate"),
            Read(text: "clavero://al%69ce%20b@[::1]:7", user: "alice b", host: "::1", port: 7),
            Read(text: "clavero://gate", host: "gate"),
            Read(text: "clavero://alice@gate:7000/", user: "alice", host: "gate", port: 7000),
            Read(text: "claveros://gate", host: "gate", tls: .implicit),
            Read(text: "claveros://gate/", host: "gate", tls: .implicit),
            Read(text: "claveros://[::1]:7443", host: "::1", port: 7443, tls: .implicit),
        ])
    func parsing(_ expected: Read) throws {
        let destination = try Destination(expected.text)
        #expect(
            destination
                == Destination(
                    name: expected.host, host: expected.host, port: expected.port, user: expected.user,
                    tls: expected.tls))
    }

    @Test(
        "A name that is no server is refused",
        arguments: [
            "", "@", "alice@", "@gate", "gate:", ":7000", "gate:0", "gate:65536", "gate:7x", "gate:+7", "gate:7:7",
            "::1",
            "[::1", "[]", "[]:1", "[::1]x", "[gate]", "[::1]7000", "[::1]:", "[1.2.3.4]", "[fe80::1%]", "two words",
            "gate/path",
            "clavero://",
            "clavero:///", "claveros://gate/path", "clavero://gate?x", "http://gate", "%zz@gate", "%4@gate", "%ff@gate",
            "gate\u{1b}[2J",
        ])
    func refusals(_ text: String) {
        let error = #expect(throws: ExitError.self) { try Destination(text) }
        #expect(error?.status == .usage)
        #expect(error?.message.contains("\u{1b}") == false)
    }

    @Test(
        "A name with a password is refused, and the error does not show the password",
        arguments: [
            "alice:hunter2@gate", "clavero://alice:hunter2@gate", "claveros://alice:hun@ter2@gate:7000/",
            "x://a:hunter2@b",
        ])
    func password(_ text: String) {
        let error = #expect(throws: ExitError.self) { try Destination(text) }
        #expect(error?.status == .usage)
        #expect(error?.message.contains("must not have a password") == true)
        #expect(error?.message.contains("ter2") == false)
    }

    @Test("Missing properties come from the defaults, but not the address of another server")
    func defaults() {
        let gate = Destination(name: "gate", host: "gate.example", port: 7000, user: "alice", tls: .implicit)
        let other = Destination(host: "other.example", port: 1, user: "bob", tls: .off, identity: "/key")
        let both = gate.withDefaults(from: other)
        #expect(
            both
                == Destination(
                    name: "gate", host: "gate.example", port: 7000, user: "alice", tls: .implicit, identity: "/key"))
        #expect(Destination(host: "h").withDefaults(from: other).port == nil)
        #expect(Destination(host: "h").withDefaults(from: Destination(port: 1)).port == 1)
        #expect(
            Destination(port: 2).withDefaults(from: other)
                == Destination(
                    host: "other.example", port: 2, user: "bob", tls: .off, identity: "/key"))
        #expect(Destination(socket: "/s").withDefaults(from: other).host == nil)
        #expect(Destination(host: "h").withDefaults(from: Destination(socket: "/s")).socket == nil)
        #expect(Destination().withDefaults(from: gate) == gate)
    }

    @Test("The port of another server is not used")
    func ports() {
        let given = Destination(host: "gate", user: "alice")
        let other = Destination(host: "other", port: 7, user: "bob", tls: .implicit)
        #expect(given.withDefaults(from: other) == Destination(host: "gate", user: "alice", tls: .implicit))
        #expect(given.withDefaults(from: Destination(port: 7)) == Destination(host: "gate", port: 7, user: "alice"))
        #expect(
            Destination(port: 9).withDefaults(from: other)
                == Destination(host: "other", port: 9, user: "bob", tls: .implicit))
        #expect(Destination(socket: "/s").withDefaults(from: other).host == nil)
    }

    @Test("Certificates and a fingerprint are alternatives")
    func trust() throws {
        let fingerprint = try #require(Fingerprint(String(repeating: "ab", count: 32)))
        let pinned = Destination(fingerprint: fingerprint).withDefaults(from: Destination(ca: "/ca"))
        #expect(pinned.ca == nil && pinned.fingerprint == fingerprint)
        let signed = Destination(ca: "/ca").withDefaults(from: Destination(fingerprint: fingerprint))
        #expect(signed.ca == "/ca" && signed.fingerprint == nil)
        #expect(Destination().withDefaults(from: Destination(ca: "/ca")).ca == "/ca")
    }
}
