import Foundation
import Link
import TestKit
import Testing

@testable import Shell

@Suite struct DestinationTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let word: String
        var user: String?
        let host: String
        var port: Int?
        var tls: Destination.TLS?
        var testDescription: String { word }
    }

    @Test(arguments: [
        Case(word: "gate.example", host: "gate.example"),
        Case(word: "gate:7000", host: "gate", port: 7000),
        Case(word: "alice@gate", user: "alice", host: "gate"),
        Case(word: "alice@gate:1", user: "alice", host: "gate", port: 1),
        Case(word: "[::1]:6000", host: "::1", port: 6000),
        Case(word: "[fe80::1]", host: "fe80::1"),
        Case(word: "clavero://gate", host: "gate"),
        Case(word: "clavero://alice@gate:6000/", user: "alice", host: "gate", port: 6000),
        Case(word: "claveros://gate/", host: "gate", tls: .implicit),
        Case(word: "clavero://al%69ce%20b@[::1]:7", user: "alice b", host: "::1", port: 7),
    ])
    func words(_ given: Case) throws {
        let found = try Destination(given.word)
        #expect(
            found
                == Destination(
                    name: given.host, host: given.host, port: given.port, user: given.user, tls: given.tls))
    }

    @Test(arguments: [
        "", ":6000", "gate:", "gate:0", "gate:65536", "gate:+1", "::1", "a b", "gate/path", "clavero://", "@gate",
        "alice:secret@gate", "clavero://alice:secret@gate", "%zz@gate", "[]:1", "[::1", "[::1]x", "http://gate",
    ])
    func others(_ word: String) {
        #expect(throws: Stop.self) { try Destination(word) }
    }

    @Test(arguments: [
        ("ENCRYPT", true), ("X-RAY2", true), ("encrypt", false), ("Encrypt", false), ("gate", false), ("", false),
        ("10.0.0.1", false), ("-X", false), ("GATE.EXAMPLE", false),
    ])
    func verbs(_ word: String, _ isVerb: Bool) {
        #expect(Destination.isVerb(word) == isVerb)
    }

    /// Who says which server is meant does not mean another's port.
    @Test func precedence() {
        let given = Destination(host: "gate", user: "alice")
        let other = Destination(host: "other", port: 7, user: "bob", tls: .implicit)
        #expect(given.or(other) == Destination(host: "gate", user: "alice", tls: .implicit))
        #expect(given.or(Destination(port: 7)) == Destination(host: "gate", port: 7, user: "alice"))
        #expect(Destination(port: 9).or(other) == Destination(host: "other", port: 9, user: "bob", tls: .implicit))
        #expect(Destination(socket: "/s").or(other).host == nil)
    }

    @Test(arguments: [
        (Destination(), "localhost"), (Destination(name: "gate.example", host: "gate.example"), "gate"),
        (Destination(name: "10.0.0.7", host: "10.0.0.7"), "10.0.0.7"), (Destination(name: "::1", host: "::1"), "::1"),
        (Destination(name: "work", host: "gate.example"), "work"), (Destination(socket: "/run/keys.sock"), "keys.sock"),
    ])
    func places(_ destination: Destination, _ place: String) throws {
        #expect(try Connector(destination).place == place)
    }

    @Test func encryption() throws {
        #expect(try Connector(Destination()).encryption == nil)
        #expect(try Connector(Destination(host: "localhost")).isPrivate)
        #expect(try Connector(Destination(host: "192.0.2.1")).encryption == .starttls)
        #expect(try !Connector(Destination(host: "192.0.2.1", tls: .off)).isPrivate)
        #expect(try Connector(Destination(host: "::1", tls: .implicit)).encryption == .implicit)
        #expect(try Connector(Destination(host: "h", tls: .implicit)).endpoint == .tcp(host: "h", port: 6443))
        #expect(try Connector(Destination(host: "h")).endpoint == .tcp(host: "h", port: 6000))
        #expect(throws: Stop.self) { try Connector(Destination(socket: String(repeating: "x", count: 104))) }
    }
}

@Suite struct ProfilesTests {
    @Test func read() throws {
        let profiles = try Profiles(
            text: """
                # For all.
                user = alice

                [gate]
                host = gate.example
                port=7000
                tls = implicit
                fingerprint = \(String(repeating: "ab", count: 32))
                [ops]
                  socket = /run/keys.sock
                user = root
                """, path: "config")
        #expect(profiles.common == Destination(user: "alice"))
        #expect(
            profiles.named == [
                "gate": Destination(
                    name: "gate", host: "gate.example", port: 7000, tls: .implicit,
                    fingerprint: Fingerprint(String(repeating: "AB", count: 32))),
                "ops": Destination(name: "ops", socket: "/run/keys.sock", user: "root"),
            ])
    }

    @Test(arguments: [
        ("colour = red", "config:1: unknown key colour"),
        ("\nport = x", "config:2: a port is a number from 1 to 65535"),
        ("tls = maybe", "config:1: tls is off, starttls or implicit"), ("host =", "config:1: expected key = value"),
        ("host", "config:1: expected key = value"), ("user = a\nuser = b", "config:2: user is there twice"),
        ("[a]\n[a]", "config:2: the name a is there twice"), ("[a", "config:1: expected [name]"),
        ("[]", "config:1: expected [name]"), ("[a b]", "config:1: expected [name]"),
        ("[GATE]", "config:1: a name in capitals would be a verb"),
        ("fingerprint = ab", "config:1: a fingerprint is a SHA-256 in hexadecimal"),
        ("x\u{1b} = 1", "config:1: unknown key x\\x1b"),
    ])
    func faults(_ text: String, _ message: String) {
        #expect(throws: Stop(message: message, status: .configuration)) { try Profiles(text: text, path: "config") }
    }

    @Test func files() throws {
        let directory = try TemporaryDirectory()
        #expect(try Profiles(path: "\(directory.path)/none") == Profiles())
        try Data([0xFF, 0x00]).write(to: URL(filePath: "\(directory.path)/config"))
        #expect(throws: Stop.self) { try Profiles(path: "\(directory.path)/config") }
    }
}

@Suite struct KnownServersTests {
    private static let first = Fingerprint(String(repeating: "01", count: 32))!
    private static let second = Fingerprint(String(repeating: "02", count: 32))!

    /// SHA-256("abc"), FIPS 180-2, B.1.
    @Test func fingerprints() throws {
        let digits = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        let fingerprint = Fingerprint(of: Array("abc".utf8))
        #expect(Fingerprint(digits) == fingerprint)
        #expect(Fingerprint("SHA256:\(digits)") == fingerprint)
        #expect(Fingerprint(fingerprint.description) == fingerprint)
        #expect(Fingerprint("sha256 Fingerprint=\(fingerprint)") == fingerprint)
        #expect(fingerprint.description.hasPrefix("BA:78:16:BF:"))
        #expect(fingerprint.lines.split(separator: "\n").allSatisfy { $0.count < 60 })
        for text in [
            "", "ba78", digits + "00", "g" + digits.dropFirst(), "b:a78" + digits.dropFirst(4),
            "+1" + digits.dropFirst(2),
        ] {
            #expect(Fingerprint(text) == nil)
        }
    }

    @Test func arePinned() throws {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/state/known-servers"
        let known = KnownServers(path: path)
        let gate = Endpoint.tcp(host: "gate.example", port: 6000)
        #expect(known.entries(of: gate) == [])
        #expect(known.add(gate, Self.first))
        #expect(known.add(.tcp(host: "::1", port: 6000), Self.second))
        let file = try FileHandle(forWritingTo: URL(filePath: path))
        try file.seekToEnd()
        try file.write(
            contentsOf: Data("# a remark\n\ngate.example:6000 damaged\nGATE.example:6000 \(Self.second)\n".utf8))
        #expect(
            known.entries(of: .tcp(host: "Gate.Example", port: 6000)) == [
                KnownServers.Entry(fingerprint: Self.first, line: 1)
            ])
        #expect(known.entries(of: .tcp(host: "::1", port: 6000)).map(\.line) == [2])
        #expect(known.entries(of: .tcp(host: "gate.example", port: 6001)) == [])
        #expect(!KnownServers(path: "\(path)/below").add(gate, Self.first))
    }
}

@Suite struct PasswordFileTests {
    @Test func isItsOwners() throws {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/password"
        try Data("correct horse\nmore\n".utf8).write(to: URL(filePath: path))
        let set = { (mode: Int) in try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
        }
        try set(0o644)
        #expect(throws: Stop.self) { try PasswordFile.password(path) }
        try set(0o620)
        #expect(throws: Stop.self) { try PasswordFile.password(path) }
        try set(0o600)
        #expect(try PasswordFile.password(path) == Array("correct horse".utf8))
        try Data("\nx".utf8).write(to: URL(filePath: path))
        try set(0o600)
        #expect(throws: Stop.self) { try PasswordFile.password(path) }
        #expect(throws: Stop.self) { try PasswordFile.password("\(path)/none") }
    }
}
