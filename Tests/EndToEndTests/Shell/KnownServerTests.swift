import Foundation
import TestKit
import Testing

extension EndToEnd {
    @Suite("Servers that no authority vouches for", .serialized)
    struct KnownServer {
        /// The two doors of a site, as arguments.
        private static func doors(_ site: LiveSite) async throws -> [[String]] {
            [
                ["--tls", "starttls", "--port", "\(site.port)", "localhost", "NOOP"],
                ["--tls", "implicit", "--port", "\(try await site.tlsPort)", "localhost", "NOOP"],
            ]
        }

        /// The SHA-256 of a certificate, as openssl shows it.
        private static func fingerprint(_ certificate: String) async throws -> String {
            let shown = try await OpenSSL.run(["x509", "-noout", "-fingerprint", "-sha256", "-in", certificate])
            return try #require(shown.output.lines.first?.split(separator: "=").last.map(String.init))
        }

        /// Gives the site another certificate, with which it goes on.
        private static func renew(_ site: LiveSite) async throws {
            let other = try TemporaryDirectory()
            try await LiveSite.makeData("\(other.path)/data")
            for name in ["server.crt", "server.key"] {
                let new = try Data(contentsOf: URL(filePath: "\(other.path)/data/tls/\(name)"))
                try new.write(to: URL(filePath: "\(site.dataDirectory)/tls/\(name)"))
            }
            let count = site.proxy.program.log.count
            site.proxy.program.signal(SIGHUP)
            _ = try await site.proxy.program.line(after: count) { $0.contains("certificates were read again") }
        }

        @Test("Without a terminal none is pinned; a fingerprint that is given is believed, and no other")
        func noTerminal() async throws {
            try await LiveSite.run([.tls]) { site in
                let person = try Person()
                let fingerprint = try await Self.fingerprint(site.certificate)
                let other = fingerprint.replacing(/../, with: "00", maxReplacements: 1)
                for door in try await Self.doors(site) {
                    let refused = try await person.clavero(door)
                    #expect(refused.status == 69 && refused.output == "")
                    #expect(refused.errors.lines.count == 1, "\(refused.errors)")
                    #expect(refused.errors.contains("\(fingerprint); if that is right, give it with --fingerprint"))
                    let plain = fingerprint.replacing(":", with: "").lowercased()
                    for form in [fingerprint, plain, "SHA256:\(plain)", "sha256 Fingerprint=\(fingerprint)"] {
                        let believed = try await person.clavero(["--fingerprint", form] + door)
                        #expect(believed.status == 0 && believed.errors == "", "\(form): \(believed.errors)")
                    }
                    let wrong = try await person.clavero(["--fingerprint", other] + door)
                    #expect(wrong.status == 69)
                    #expect(wrong.errors.lines.dropFirst() == ["  expected \(other)", "  it shows \(fingerprint)"])
                    #expect(try await person.clavero(["--fingerprint", "AB:CD"] + door).status == 64)
                }
                #expect(!FileManager.default.fileExists(atPath: person.knownServers))
            }
        }

        @Test("Two that are pinned at once, by shells of their own; then silence; then another certificate")
        func pinned() async throws {
            try await LiveSite.run([.tls]) { site in
                let person = try Person()
                let doors = try await Self.doors(site)
                let (port, tlsPort) = (site.port, try await site.tlsPort)
                let first = try await Self.fingerprint(site.certificate)
                let asked = try await person.terminals(
                    doors, question: "(yes, no, or the fingerprint)? ", answer: "yes")
                #expect(asked.status == 0, "\(asked.output)")
                let lines = try String(contentsOfFile: person.knownServers, encoding: .utf8).lines
                #expect(Set(lines) == ["localhost:\(port) \(first)", "localhost:\(tlsPort) \(first)"])
                for door in doors {
                    let silent = try await person.clavero(door)
                    #expect(silent.status == 0 && silent.output.lines == ["OK"] && silent.errors == "")
                    // Another name is another server.
                    let renamed = door.map { $0 == "localhost" ? "127.0.0.1" : $0 }
                    #expect(try await person.clavero(renamed).status == 69)
                }
                try await Self.renew(site)
                let second = try await Self.fingerprint(site.certificate)
                for (door, port) in zip(doors, [port, tlsPort]) {
                    let line = 1 + (try #require(lines.firstIndex { $0.hasPrefix("localhost:\(port) ") }))
                    let changed = try await person.clavero(door)
                    #expect(changed.status == 69 && changed.output == "")
                    let errors = changed.errors.lines
                    #expect(errors.first?.hasPrefix("clavero: localhost:\(port): THE CERTIFICATE HAS CHANGED") == true)
                    #expect(errors.dropFirst().prefix(2) == ["  expected \(first)", "  it shows \(second)"])
                    #expect(errors.last?.contains("remove line \(line) of \(person.knownServers)") == true)
                    // An authority or a fingerprint that is given is believed all the same.
                    #expect(try await person.clavero(["--ca", site.certificate] + door).status == 0)
                    #expect(try await person.clavero(["--fingerprint", second] + door).status == 0)
                }
            }
        }

        @Test("A damaged line is told and passed over; a file that cannot be read is no empty one")
        func damaged() async throws {
            try await LiveSite.run([.tls]) { site in
                let person = try Person()
                let fingerprint = try await Self.fingerprint(site.certificate)
                let text = "garbage\n# a remark\nLocalhost:1 \(fingerprint)\nlocalhost:\(site.port) \(fingerprint)\n"
                try person.write(text, to: "state/clavero/known-servers")
                let door = try await Self.doors(site)[0]
                let known = try await person.clavero(door)
                #expect(known.status == 0)
                #expect(known.errors.lines == ["clavero: \(person.knownServers):1 is damaged, and passed over"])
                let other = try Person()
                try other.write("", to: "state/clavero/known-servers/file")
                let refused = try await other.clavero(door)
                #expect(refused.status == 69)
                #expect(refused.errors.lines == ["clavero: \(other.knownServers): Is a directory"])
            }
        }

        @Test("A profile says it all, and what is wrong in the file is told with its line")
        func profile() async throws {
            try await LiveSite.run([.tls]) { site in
                let person = try Person()
                let gate = """
                    # The site of the test.
                    [gate]
                    host = localhost
                    port = \(try await site.tlsPort)
                    tls = implicit
                    fingerprint = \(try await Self.fingerprint(site.certificate))
                    """
                try person.configure(gate)
                let named = try await person.clavero(["gate", "NOOP"])
                #expect(named.status == 0 && named.output.lines == ["OK"], "\(named.errors)")
                // An option comes before the profile, also behind its name.
                let behind = try await person.clavero(["gate", "--port", "1", "NOOP"])
                #expect(behind.status == 69 && behind.errors.contains("localhost:1: "))
                #expect(try await person.clavero(["--host", "localhost", "gate", "NOOP"]).status == 64)
                let verb = try await person.clavero(["nosuchverb"])
                #expect(verb.status == 69)
                #expect(verb.errors.lines.last?.hasSuffix("no such host (a verb is written in capitals)") == true)
                let host = try await person.clavero(["nosuch.invalid"])
                #expect(host.status == 69 && !host.errors.contains("capitals"))
                try person.configure("\(gate)\ncolour = red\n")
                let wrong = try await person.clavero(["gate", "NOOP"])
                #expect(wrong.status == 78)
                let path = "\(person.home.path)/config/clavero/config"
                #expect(wrong.errors.lines == ["clavero: \(path):7: unknown key colour"])
            }
        }
    }
}
