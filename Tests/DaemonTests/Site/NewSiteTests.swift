import Daemon
import Foundation
import Input
import TestKit
import Testing

@testable import Server

@Suite("A new site, as openssl and the program see it")
struct NewSiteTests {
    private let parent = try! TemporaryDirectory()
    private var path: String { "\(parent.path)/data" }

    private static let released1 = ["root.key", "token.key", "token.pub", "clavero.db"]

    private func contents() -> [String: Data] { DataDirectoryTests.contents(of: path) }

    private func run(_ arguments: [String]) async throws -> Tool.Result {
        try await Tool.run(Repository.programs.appending(path: "claverod").path, arguments)
    }

    private func make(_ names: [String] = []) async throws {
        let result = try await run(["init", path] + names.flatMap { ["--name", $0] })
        try #require(result.status == 0, "\(result.errors)")
        #expect(result.errors.isEmpty)
    }

    @Test("A site that cannot be finished leaves no file and gives the reason, and can be made later")
    func unfinished() async throws {
        try FileManager.default.createDirectory(atPath: "\(path)/link", withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(atPath: "\(path)/link/keys.crt", withDestinationPath: "nowhere")
        let result = try await run(["init", path])
        #expect(result.status == 73)
        #expect(result.errors == "claverod: \(path)/link/keys.crt: file exists\n")
        let left = try FileManager.default.subpathsOfDirectory(atPath: path)
        #expect(left.sorted() == ["link", "link/keys.crt"])
        try FileManager.default.removeItem(atPath: "\(path)/link/keys.crt")
        try await make()
    }

    private func openssl(_ arguments: [String]) async throws -> Tool.Result {
        try await Tool.run("/usr/bin/env", ["openssl"] + arguments)
    }

    @Test("The daemons' certificates are valid for their own ends of a link only")
    func links() async throws {
        try await make()
        for (name, purpose, other) in [
            ("keys", "sslserver", "sslclient"), ("auth", "sslserver", "sslclient"), ("proxy", "sslclient", "sslserver"),
        ] {
            let verify = ["verify", "-x509_strict", "-CAfile", "\(path)/link/ca.crt", "-purpose"]
            let certificate = "\(path)/link/\(name).crt"
            let good = try await openssl(verify + [purpose, certificate])
            #expect(good.status == 0, "\(name): \(good.errors)")
            #expect(try await openssl(verify + [other, certificate]).status != 0, "\(name)")
            let foreign = ["verify", "-CAfile", "\(path)/tls/server.crt", "-purpose", purpose, certificate]
            #expect(try await openssl(foreign).status != 0, "\(name)")
        }
    }

    @Test(
        "Each certificate belongs to the key beside it",
        arguments: ["tls/server", "link/ca", "link/keys", "link/proxy"])
    func pairs(_ name: String) async throws {
        try await make()
        let certified = try await openssl(["x509", "-in", "\(path)/\(name).crt", "-noout", "-pubkey"])
        let own = try await openssl(["pkey", "-in", "\(path)/\(name).key", "-pubout"])
        #expect(own.status == 0 && !own.output.isEmpty)
        #expect(certified.output == own.output)
    }

    @Test("The server's certificate has the given names and no others")
    func names() async throws {
        try await make(["gate.example", "192.0.2.1", "2001:db8::1"])
        let shown = try await openssl(["x509", "-in", "\(path)/tls/server.crt", "-noout", "-ext", "subjectAltName"])
        let names = shown.output.split(separator: "\n").last?.trimmingCharacters(in: .whitespaces)
        #expect(names == "DNS:gate.example, IP Address:192.0.2.1, IP Address:2001:DB8:0:0:0:0:0:1")
        let verify = ["verify", "-CAfile", "\(path)/tls/server.crt", "-purpose", "sslserver"]
        for (check, isGood) in [
            (["-verify_hostname", "gate.example"], true), (["-verify_ip", "2001:db8::1"], true),
            (["-verify_hostname", "localhost"], false), (["-verify_ip", "127.0.0.1"], false),
        ] {
            let result = try await openssl(verify + check + ["\(path)/tls/server.crt"])
            #expect((result.status == 0) == isGood, "\(check)")
        }
    }

    @Test(
        "A name that a certificate cannot have is reported in one line, and nothing is made",
        arguments: ["a b", "", "a\u{0}b", "ü"])
    func badName(_ name: String) async throws {
        let site = NewSite(directory: DataDirectory(path: path), names: ["gate.example", name])
        let error = await #expect(throws: StartError.self) { try await site.create() }
        let reason =
            "--name: a certificate cannot contain \(name.debugDescription); "
            + "give host names or addresses, the first one of at most 64 characters"
        #expect(error?.description == reason)
        #expect(!FileManager.default.fileExists(atPath: path))
        guard !name.contains("\u{0}") else { return }
        let result = try await run(["init", path, "--name", "gate.example", "--name", name])
        #expect(result.status == 78)
        #expect(result.errors == "claverod: \(reason)\n")
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test("init says what it has made, the names and the fingerprint, what to back up, and what to do next")
    func summary() async throws {
        let made = try await run(["init", path, "--name", "gate.example", "--name", "192.0.2.1"])
        #expect(made.status == 0 && made.errors.isEmpty)
        let shown = try await openssl(
            [
                "x509", "-in", "\(path)/tls/server.crt", "-noout", "-fingerprint", "-sha256", "-enddate", "-dateopt",
                "iso_8601",
            ])
        let fingerprint = try #require(shown.output.firstMatch(of: /Fingerprint=(.*)/)?.1)
        let end = try #require(shown.output.firstMatch(of: /notAfter=(\S+)/)?.1)
        #expect(
            made.output == """
                The site is in \(path):
                  keys          root.key, token.key and audit.key
                  database      clavero.db
                  certificates  tls/server.crt for clients, and those in link for the daemons; valid until \(end)

                The certificate for clients has these names: gate.example, 192.0.2.1
                Its SHA-256 fingerprint, which clients compare when they connect for the first time:
                  \(fingerprint)

                Back up now: all files of \(path) except the database. Keep root.key apart from backups of the
                database, because without it nobody can open a message, and with both anybody can.
                Back up each day: the database, with claverod backup \(path) FILE

                Next: start the servers and the proxy, each in a terminal or as a service:
                  claverod --plugins keys --listen 127.0.0.1:5000 --data-dir \(path)
                  claverod --plugins auth --listen 127.0.0.1:5001 --data-dir \(path)
                  clavero-proxy --upstream 127.0.0.1:5000 --upstream 127.0.0.1:5001 --listen-tls '*:6443' \\
                    --tls-certificate \(path)/tls/server.crt --tls-key \(path)/tls/server.key
                then connect:
                  clavero --host gate.example --tls implicit

                """)
    }

    @Test("The commands that init shows for a site with service groups start the services")
    func summaryOfGroups() async throws {
        let group = getegid()
        let made = try await run(["init", path, "--service-groups", "\(group),\(group == 1 ? 2 : 1)"])
        guard made.status == 0 else {
            // Only a member of both groups can make such a site.
            #expect(made.status == 77 && made.errors.contains("this user is not a member of it"), "\(made)")
            return
        }
        #expect(made.output.contains("  database      db/clavero.db\n"))
        #expect(made.output.contains("  systemctl start clavero-keys clavero-auth clavero-proxy\n"))
        #expect(made.output.hasSuffix("then connect from this machine:\n  clavero --port 6000\n"))
    }

    @Test("Groups that do not exist are reported in one line, and nothing is made")
    func serviceGroups() async throws {
        for (groups, reason) in [
            ("no-such-group,0", "no such group: \"no-such-group\""), ("1,4294967295", "no such group: \"4294967295\""),
            ("1,1", "the two servers need different groups"),
        ] {
            let result = try await run(["init", path, "--service-groups", groups])
            #expect(result.status == 78)
            #expect(result.errors == "claverod: --service-groups: \(reason)\n")
        }
        for words in [
            ["--service-groups", "1"], ["--service-groups", "1,"], ["--service-groups", "1,2", "--upgrade"],
        ] {
            #expect(try await run(["init", path] + words).status == 64, "\(words)")
        }
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test("--upgrade adds the files that a directory of the first release lacks, and changes nothing else")
    func upgrade() async throws {
        try await make()
        let whole = contents()
        for name in whole.keys where !Self.released1.contains(name) {
            try FileManager.default.removeItem(atPath: "\(path)/\(name)")
        }
        for folder in ["tls", "link"] { try FileManager.default.removeItem(atPath: "\(path)/\(folder)") }
        let before = contents()
        #expect(before.keys.sorted() == Self.released1.sorted())
        let result = try await run(["init", "--upgrade", path])
        #expect(result.status == 0, "\(result.errors)")
        let after = contents()
        #expect(after.keys.sorted() == whole.keys.sorted())
        for name in Self.released1 { #expect(after[name] == whole[name], "\(name)") }
        for name in ["audit.key", "tls/server.key", "link/ca.key"] { #expect(after[name] != whole[name], "\(name)") }
        #expect(try await run(["init", "--upgrade", path]).status == 0)
        #expect(contents() == after)
    }

    @Test("--upgrade does not change an existing authority, even if files of it are missing")
    func foreignAuthority() async throws {
        try await make()
        for name in ["ca.key", "ca.crt", "keys.crt", "keys.key"] {
            try FileManager.default.removeItem(atPath: "\(path)/link/\(name)")
        }
        let before = contents()
        #expect(try await run(["init", "--upgrade", path]).status == 0)
        #expect(contents() == before)
    }

    @Test("--upgrade of another directory than a data directory fails with one line, and makes nothing")
    func upgradeOfNothing() async throws {
        let none = try await run(["init", "--upgrade", path])
        #expect(none.status == 66)
        #expect(none.errors == "claverod: \(path)/root.key: no such file; create a data directory with claverod init\n")
        #expect(!FileManager.default.fileExists(atPath: path))
        try await make()
        for name in ["clavero.db", "link/ca.crt", "link/proxy.key"] {
            try FileManager.default.removeItem(atPath: "\(path)/\(name)")
        }
        let before = contents()
        let result = try await run(["init", "--upgrade", path])
        #expect(result.status == 66)
        #expect(
            result.errors == "claverod: \(path)/clavero.db: no such file; create a data directory with claverod init\n")
        #expect(contents() == before)
    }
}
