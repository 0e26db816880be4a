import Foundation
import TestKit
import Testing

extension EndToEnd {
    @Suite("Servers without a certificate authority", .serialized)
    struct KnownServer {
        /// Returns the arguments of NOOP by STARTTLS and by implicit TLS.
        private static func calls(_ site: LiveSite) async throws -> [[String]] {
            [
                ["--tls", "starttls", "--port", "\(site.port)", "localhost", "NOOP"],
                ["--tls", "implicit", "--port", "\(try await site.tlsPort)", "localhost", "NOOP"],
            ]
        }

        /// Returns the SHA-256 fingerprint of a certificate, in the form of openssl.
        private static func fingerprint(_ certificate: String) async throws -> String {
            let shown = try await OpenSSL.run(["x509", "-noout", "-fingerprint", "-sha256", "-in", certificate])
            return try #require(shown.output.lines.first?.split(separator: "=").last.map(String.init))
        }

        /// Replaces the certificate of a running site.
        private static func renew(_ site: LiveSite) async throws {
            let other = try TemporaryDirectory()
            try await LiveSite.makeData("\(other.path)/data")
            for name in ["server.crt", "server.key"] {
                let new = try Data(contentsOf: URL(filePath: "\(other.path)/data/tls/\(name)"))
                try new.write(to: URL(filePath: "\(site.dataDirectory)/tls/\(name)"))
            }
            let count = site.proxy.program.log.count
            site.proxy.program.signal(SIGHUP)
            _ = try await site.proxy.program.line(after: count) { $0.contains("the certificates were reloaded") }
        }

        @Test("Without a terminal no certificate is pinned, and only the given fingerprint is trusted")
        func noTerminal() async throws {
            try await LiveSite.run([.tls]) { site in
                let user = try ClientUser()
                let fingerprint = try await Self.fingerprint(site.certificate)
                let other = fingerprint.replacing(/../, with: "00", maxReplacements: 1)
                for call in try await Self.calls(site) {
                    let refused = try await user.clavero(call)
                    #expect(refused.status == 69 && refused.output == "")
                    #expect(refused.errors.lines.count == 1, "\(refused.errors)")
                    #expect(refused.errors.contains("\(fingerprint); if that is right, give it with --fingerprint"))
                    let plain = fingerprint.replacing(":", with: "").lowercased()
                    for form in [fingerprint, plain, "SHA256:\(plain)", "sha256 Fingerprint=\(fingerprint)"] {
                        let believed = try await user.clavero(["--fingerprint", form] + call)
                        #expect(believed.status == 0 && believed.errors == "", "\(form): \(believed.errors)")
                    }
                    let wrong = try await user.clavero(["--fingerprint", other] + call)
                    #expect(wrong.status == 69)
                    #expect(wrong.errors.lines.dropFirst() == ["  expected \(other)", "  it shows \(fingerprint)"])
                    #expect(try await user.clavero(["--fingerprint", "AB:CD"] + call).status == 64)
                }
                #expect(!FileManager.default.fileExists(atPath: user.knownServers))
            }
        }

        @Test("Without a host, TLS is with this machine, whose address the certificate has")
        func thisMachine() async throws {
            try await LiveSite.run([.tls]) { site in
                for call in try await Self.calls(site) {
                    let result = try await ClientUser().clavero(
                        ["--ca", site.certificate] + call.filter { $0 != "localhost" })
                    #expect(result.status == 0 && result.output == "OK\n", "\(result.errors)")
                }
            }
        }

        @Test("Two shells pin certificates at the same time, and later report a changed one")
        func pinned() async throws {
            try await LiveSite.run([.tls]) { site in
                let user = try ClientUser()
                let calls = try await Self.calls(site)
                let (port, tlsPort) = (site.port, try await site.tlsPort)
                let first = try await Self.fingerprint(site.certificate)
                let asked = try await user.terminals(
                    calls, question: "(yes, no, or the fingerprint)? ", answer: "yes")
                #expect(asked.status == 0, "\(asked.output)")
                let lines = try String(contentsOfFile: user.knownServers, encoding: .utf8).lines
                #expect(Set(lines) == ["localhost:\(port) \(first)", "localhost:\(tlsPort) \(first)"])
                for call in calls {
                    let silent = try await user.clavero(call)
                    #expect(silent.status == 0 && silent.output.lines == ["OK"] && silent.errors == "")
                    // The same server by another name counts as another server.
                    let renamed = call.map { $0 == "localhost" ? "127.0.0.1" : $0 }
                    #expect(try await user.clavero(renamed).status == 69)
                }
                try await Self.renew(site)
                let second = try await Self.fingerprint(site.certificate)
                for (call, port) in zip(calls, [port, tlsPort]) {
                    let line = 1 + (try #require(lines.firstIndex { $0.hasPrefix("localhost:\(port) ") }))
                    let changed = try await user.clavero(call)
                    #expect(changed.status == 69 && changed.output == "")
                    let errors = changed.errors.lines
                    #expect(errors.first?.hasPrefix("clavero: localhost:\(port): THE CERTIFICATE HAS CHANGED") == true)
                    #expect(errors.dropFirst().prefix(2) == ["  expected \(first)", "  it shows \(second)"])
                    #expect(errors.last?.contains("remove line \(line) of \(user.knownServers)") == true)
                    // A given authority or fingerprint is still trusted.
                    #expect(try await user.clavero(["--ca", site.certificate] + call).status == 0)
                    #expect(try await user.clavero(["--fingerprint", second] + call).status == 0)
                }
            }
        }

        @Test("A damaged line is reported and ignored, and an unreadable file is an error")
        func damaged() async throws {
            try await LiveSite.run([.tls]) { site in
                let user = try ClientUser()
                let fingerprint = try await Self.fingerprint(site.certificate)
                let text = "garbage\n# a remark\nLocalhost:1 \(fingerprint)\nlocalhost:\(site.port) \(fingerprint)\n"
                try user.write(text, to: "state/clavero/known-servers")
                let call = try await Self.calls(site)[0]
                let known = try await user.clavero(call)
                #expect(known.status == 0)
                #expect(known.errors.lines == ["clavero: \(user.knownServers):1 is damaged; it is ignored"])
                let other = try ClientUser()
                try other.write("", to: "state/clavero/known-servers/file")
                let refused = try await other.clavero(call)
                #expect(refused.status == 69)
                #expect(refused.errors.lines == ["clavero: \(other.knownServers): Is a directory"])
            }
        }

        @Test("A profile names the server, and an error in the file is reported with its line")
        func profile() async throws {
            try await LiveSite.run([.tls]) { site in
                let user = try ClientUser()
                let gate = """
                    # The site of the test.
                    [gate]
                    host = localhost
                    port = \(try await site.tlsPort)
                    tls = implicit
                    fingerprint = \(try await Self.fingerprint(site.certificate))
                    """
                try user.configure(gate)
                let named = try await user.clavero(["gate", "NOOP"])
                #expect(named.status == 0 && named.output.lines == ["OK"], "\(named.errors)")
                // An option takes precedence over the profile, also after the server's name.
                let overridden = try await user.clavero(["gate", "--port", "1", "NOOP"])
                #expect(overridden.status == 69 && overridden.errors.contains("localhost:1: "))
                #expect(try await user.clavero(["--host", "localhost", "gate", "NOOP"]).status == 64)
                let verb = try await user.clavero(["nosuchverb"])
                #expect(verb.status == 69)
                #expect(
                    verb.errors.lines.last?.hasSuffix("no such host (a plugin's verb is written in capitals)") == true)
                let host = try await user.clavero(["nosuch.invalid"])
                #expect(host.status == 69 && !host.errors.contains("capitals"))
                try user.configure("\(gate)\ncolour = red\n")
                let wrong = try await user.clavero(["gate", "NOOP"])
                #expect(wrong.status == 78)
                let path = "\(user.home.path)/config/clavero/config"
                #expect(wrong.errors.lines == ["clavero: \(path):7: unknown key colour"])
            }
        }
    }
}
