import Foundation
import Input
import TestKit
import Testing

@testable import Shell

@Suite("Profiles in the configuration file")
struct ProfilesTests {
    @Test("Defaults and profiles are read")
    func reading() throws {
        let profiles = try Profiles(
            text: """
                # What goes for all.
                user=alice
                   ca =  /etc/ca  of mine.pem

                [gate]
                host = gate.example
                port = 7000
                tls = implicit
                fingerprint = \(String(repeating: "ab", count: 32))
                password-file = /secret#1
                  [v6]\u{9}
                host = 2001:db8::1
                user = Bob
                identity = /key
                [empty]
                """, path: "config")
        #expect(profiles.defaults == Destination(user: "alice", ca: "/etc/ca  of mine.pem"))
        #expect(profiles.byName.keys.sorted() == ["empty", "gate", "v6"])
        #expect(
            profiles.byName["gate"]
                == Destination(
                    name: "gate", host: "gate.example", port: 7000, tls: .implicit,
                    fingerprint: Fingerprint(String(repeating: "AB", count: 32)), passwordFile: "/secret#1"))
        #expect(
            profiles.byName["v6"] == Destination(name: "v6", host: "2001:db8::1", user: "bob", identity: "/key"))
        #expect(profiles.byName["empty"] == Destination(name: "empty"))
    }

    @Test("A profile may have a socket instead of a host")
    func socket() throws {
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
        #expect(profiles.defaults == Destination(user: "alice"))
        #expect(
            profiles.byName == [
                "gate": Destination(
                    name: "gate", host: "gate.example", port: 7000, tls: .implicit,
                    fingerprint: Fingerprint(String(repeating: "AB", count: 32))),
                "ops": Destination(name: "ops", socket: "/run/keys.sock", user: "root"),
            ])
    }

    @Test("A path may begin with ~/")
    func home() throws {
        let home = try #require(Environment.variable("HOME"))
        #expect(try Profiles(text: "identity = ~/.ssh/key", path: "config").defaults.identity == "\(home)/.ssh/key")
    }

    @Test("A missing file has no profiles")
    func absent() throws {
        #expect(try Profiles(path: "/nonexistent/config") == Profiles())
    }

    @Test("A file that is not UTF-8 is refused")
    func encoding() throws {
        let directory = try TemporaryDirectory()
        #expect(try Profiles(path: "\(directory.path)/none") == Profiles())
        try Data([0xFF, 0x00]).write(to: URL(filePath: "\(directory.path)/config"))
        #expect(throws: ExitError.self) { try Profiles(path: "\(directory.path)/config") }
    }

    @Test(
        "An error names the line",
        arguments: [
            ("\n\nhots = x", 3, "unknown key hots"), ("\nport = x", 2, "a port is a number from 1 to 65535"),
            ("host", 1, "expected key = value"),
            ("host =", 1, "expected key = value"),
            ("= x", 1, "expected key = value"), ("user = a\nuser = b", 2, "user is set twice"),
            ("user = a\n[g]\nuser = b\nuser = c", 4, "user is set twice"),
            ("[g]\n[h]\n[g]", 3, "the section [g] occurs twice"),
            ("[g", 1, "expected [name]"), ("[]", 1, "expected [name]"), ("[a b]", 1, "expected [name]"),
            ("[g] x", 1, "expected [name]"), ("[a:1]", 1, "expected [name]"), ("[a@b]", 1, "expected [name]"),
            ("[GATE]", 1, "a name in capitals would be a verb"), ("port = 0", 1, "a port is a number from 1 to 65535"),
            ("port = +1", 1, "a port is a number from 1 to 65535"),
            ("tls = yes", 1, "tls is off, starttls or implicit"),
            ("host = gate:1", 1, "a host is a name or an address, without a port"),
            ("user = al ice", 1, "no account has such a name"),
            ("fingerprint = abc", 1, "a fingerprint is a SHA-256 in hexadecimal"),
            ("socket = s", 1, "a path begins with / or ~/ here"), ("ca = x.pem", 1, "a path begins with / or ~/ here"),
            ("identity = key", 1, "a path begins with / or ~/ here"),
            ("password-file = p", 1, "a path begins with / or ~/ here"),
            ("host = h\nsocket = /s", 2, "host or socket, not both"),
            ("fingerprint = \(String(repeating: "ab", count: 32))\nca = /ca", 2, "ca or fingerprint, not both"),
            ("\u{1b}[2J = x", 1, "a control character; remove it"),
        ])
    func errors(_ text: String, _ line: Int, _ reason: String) {
        let error = #expect(throws: ExitError.self) { try Profiles(text: text, path: "config") }
        #expect(error == ExitError(message: "config:\(line): \(reason)", status: .configuration))
    }
}
