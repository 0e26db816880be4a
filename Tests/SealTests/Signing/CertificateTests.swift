import Foundation
import Secrets
import Testing

@testable import Seal

@Suite("Certificates, checked by the openssl program")
struct CertificateTests {
    static let site = Result { try Certificate.selfSigned(names: ["gate.example", "*.gate.example", "::1"], days: 30) }
    static let authority = Result { try CertificateAuthority(name: "Clavero link CA", days: 30) }

    /// Returns what `openssl x509` prints of the certificate.
    private func show(_ certificate: String, _ options: String...) throws -> String {
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "certificate.pem")
            try Data(certificate.utf8).write(to: file)
            return try run("openssl", ["x509", "-in", file.path(), "-noout"] + options)
        }
    }

    private func isTrusted(_ certificate: String, by root: String, for purpose: String) throws -> Bool {
        try withTemporaryFolder { folder in
            let files = [root, certificate].enumerated().map { folder.appending(path: "\($0.offset).pem") }
            try Data(root.utf8).write(to: files[0])
            try Data(certificate.utf8).write(to: files[1])
            let trust = ["-no-CApath", "-no-CAstore", "-x509_strict", "-CAfile", files[0].path()]
            return (try? run("openssl", ["verify"] + trust + ["-purpose", purpose, files[1].path()])) != nil
        }
    }

    /// Returns the public key of a private key in PEM, as openssl prints it.
    private func publicKey(of key: SecretBytes) throws -> String {
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "key.pem")
            try key.withUnsafeBytes { try Data($0).write(to: file) }
            return try run("openssl", ["pkey", "-in", file.path(), "-pubout"])
        }
    }

    @Test("A self-signed certificate has its names, its use, and its key, in the forms of RFC 5280")
    func selfSigned() throws {
        let names = ["gate.example", "*.gate.example", "localhost", "192.0.2.7", "::1", "2001:db8::7"]
        let (certificate, key) = try Certificate.selfSigned(names: names, days: 30)
        #expect(try show(certificate, "-subject", "-issuer") == "subject=CN = gate.example\nissuer=CN = gate.example")
        let alternatives = try show(certificate, "-ext", "subjectAltName").split(separator: "\n").last
        #expect(
            alternatives?.trimmingCharacters(in: .whitespaces)
                == "DNS:gate.example, DNS:*.gate.example, DNS:localhost, IP Address:192.0.2.7, "
                + "IP Address:0:0:0:0:0:0:0:1, IP Address:2001:DB8:0:0:0:0:0:7")
        let text = try show(certificate, "-text")
        for line in [
            "Version: 3 (0x2)", "Signature Algorithm: ecdsa-with-SHA256", "ASN1 OID: prime256v1",
        ] {
            #expect(text.contains(line), "\(line)")
        }
        #expect(try show(certificate, "-ext", "basicConstraints") == Self.critical("Basic Constraints", "CA:FALSE"))
        // A key usage that does not allow signing certificates would keep it from being trusted as its own issuer.
        #expect(!text.contains("X509v3 Key Usage"))
        #expect(try show(certificate, "-ext", "extendedKeyUsage").hasSuffix("    TLS Web Server Authentication"))
        #expect(try show(certificate, "-ext", "subjectKeyIdentifier").contains("X509v3 Subject Key Identifier"))
        #expect(try publicKey(of: key) == show(certificate, "-pubkey"))
        #expect(key.withUnsafeBytes { $0.starts(with: "-----BEGIN PRIVATE KEY-----\n".utf8) })
    }

    private static func critical(_ name: String, _ value: String) -> String {
        "X509v3 \(name): critical\n    \(value)"
    }

    @Test("Serial numbers are positive and have 128 random bits, and validity begins a few minutes ago")
    func frame() throws {
        let serials = try (0..<8).map { _ in
            let certificate = try Certificate.selfSigned(names: ["a"], days: 1).certificate
            return String(try show(certificate, "-serial").dropFirst("serial=".count))
        }
        // All eight serials could be shorter by a byte with a chance of one in 2^64.
        #expect(Set(serials).count == 8 && serials.allSatisfy { !$0.hasPrefix("-") && $0.count <= 32 })
        #expect(serials.contains { $0.count > 30 })
        let dates = try withTemporaryFolder { folder in
            let file = folder.appending(path: "certificate.pem").path()
            try Data(Certificate.selfSigned(names: ["a"], days: 2).certificate.utf8).write(to: URL(filePath: file))
            let script = """
                from cryptography import x509
                with open(sys.argv[1], "rb") as file:
                    certificate = x509.load_pem_x509_certificate(file.read())
                print(certificate.not_valid_after - certificate.not_valid_before)
                """
            return try python(script, file)
        }
        #expect(dates == "2 days, 0:05:00")
    }

    @Test("A self-signed certificate is trusted by itself, and for a server only")
    func trustedAsItself() throws {
        let certificate = try Self.site.get().certificate
        #expect(try isTrusted(certificate, by: certificate, for: "sslserver"))
        #expect(try !isTrusted(certificate, by: certificate, for: "sslclient"))
        let other = try Certificate.selfSigned(names: ["gate.example"], days: 30).certificate
        #expect(try !isTrusted(certificate, by: other, for: "sslserver"))
    }

    @Test("An authority's certificate says that it is one, and that it may have none below it")
    func authority() throws {
        let certificate = try Self.authority.get().certificate
        #expect(try show(certificate, "-subject") == "subject=CN = Clavero link CA")
        let constraints = try show(certificate, "-ext", "basicConstraints")
        #expect(constraints == Self.critical("Basic Constraints", "CA:TRUE, pathlen:0"))
        let usage = try show(certificate, "-ext", "keyUsage")
        #expect(usage == Self.critical("Key Usage", "Certificate Sign, CRL Sign"))
        #expect(try isTrusted(certificate, by: certificate, for: "any"))
    }

    @Test("An issued certificate is trusted in its role only, and by nobody who trusts another authority")
    func issued() throws {
        let authority = try Self.authority.get()
        let other = try CertificateAuthority(name: "Clavero link CA", days: 30)
        let roles: [(CertificateAuthority.Role, String, String)] = [
            (.client, "sslclient", "sslserver"), (.server, "sslserver", "sslclient"),
        ]
        for (role, right, wrong) in roles {
            let (certificate, key) = try authority.issue(name: "auth", role: role, names: ["127.0.0.1"], days: 30)
            #expect(try isTrusted(certificate, by: authority.certificate, for: right))
            #expect(try !isTrusted(certificate, by: authority.certificate, for: wrong))
            #expect(try !isTrusted(certificate, by: other.certificate, for: right))
            #expect(try publicKey(of: key) == show(certificate, "-pubkey"))
            #expect(try show(certificate, "-subject", "-issuer") == "subject=CN = auth\nissuer=CN = Clavero link CA")
            #expect(try show(certificate, "-ext", "subjectAltName").hasSuffix("    IP Address:127.0.0.1"))
            let identifiers = [
                try show(certificate, "-ext", "authorityKeyIdentifier"),
                try show(authority.certificate, "-ext", "subjectKeyIdentifier"),
            ]
            let values = identifiers.map { $0.split(separator: "\n").last }
            #expect(values[0] == values[1])
        }
        let bare = try authority.issue(name: "keys", role: .client, days: 1).certificate
        #expect(try !show(bare, "-text").contains("Alternative"))
    }

    @Test("An authority that is read again issues certificates that its first certificate covers")
    func readAgain() throws {
        let first = try Self.authority.get()
        let again = try CertificateAuthority(certificate: first.certificate, key: first.key)
        #expect(again.certificate == first.certificate && again.key == first.key)
        let issued = try again.issue(name: "proxy", role: .client, days: 30).certificate
        #expect(try isTrusted(issued, by: first.certificate, for: "sslclient"))
    }

    @Test("An authority is refused if it is not one, has another's key, or has a key with a password")
    func notAnAuthority() throws {
        let first = try Self.authority.get()
        let leaf = try first.issue(name: "auth", role: .server, days: 30)
        let site = try Self.site.get()
        let other = try CertificateAuthority(name: "other", days: 30)
        let locked = try withTemporaryFolder { folder in
            let file = folder.appending(path: "key.pem")
            try first.key.withUnsafeBytes { try Data($0).write(to: file) }
            let output = try run("openssl", ["pkcs8", "-topk8", "-in", file.path(), "-passout", "pass:"])
            return SecretBytes(Array(output.utf8))
        }
        let wrong: [(String, SecretBytes)] = [
            (leaf.certificate, leaf.key), (site.certificate, site.key), (first.certificate, other.key),
            (first.certificate, locked), (first.certificate, SecretBytes([])), ("", first.key),
            (String(first.certificate.dropLast(40)), first.key), (first.certificate, SecretBytes(Array("x".utf8))),
        ]
        for (certificate, key) in wrong {
            #expect(throws: SealError.malformed) { try CertificateAuthority(certificate: certificate, key: key) }
        }
    }

    @Test(
        "An invalid host name is refused",
        arguments: [
            "", " ", "a\0", "127.0.0.1\0x", "a,DNS:b", "a\nb", "a b", "-a", "a-", "a..b", ".a", "a.", "*", "a.*",
            "*.*.a", "**.a",
            "1.2.3", "300.1.1.1", "a.1", "fe80::1%eth0", "[::1]", "::1/64", "a:6443", "é.example", "a_b", "DNS:a",
            String(repeating: "a", count: 64), String(repeating: "a.", count: 127) + "a",
        ])
    func badNames(name: String) throws {
        #expect(throws: SealError.malformed) { try Certificate.selfSigned(names: ["gate.example", name], days: 30) }
        #expect(throws: SealError.malformed) { try Certificate.selfSigned(names: [name], days: 30) }
        #expect(throws: SealError.malformed) {
            try Self.authority.get().issue(name: "auth", role: .server, names: [name], days: 30)
        }
    }

    @Test(
        "An invalid common name is refused",
        arguments: [
            "", " a", "a ", "a\0", "a,CN=b", "a/CN=b", "a+b", "a\nb", "a=b", "é", String(repeating: "a", count: 65),
        ])
    func badSubjects(name: String) throws {
        #expect(throws: SealError.malformed) { try CertificateAuthority(name: name, days: 30) }
        #expect(throws: SealError.malformed) {
            try Self.authority.get().issue(name: name, role: .client, days: 30)
        }
    }

    @Test("A certificate needs at least one name, and 1 to 36500 days")
    func bounds() throws {
        #expect(throws: SealError.malformed) { try Certificate.selfSigned(names: [], days: 30) }
        for days in [0, -1, 36501, .max] {
            #expect(throws: SealError.malformed) { try Certificate.selfSigned(names: ["a"], days: days) }
        }
        let century = try Certificate.selfSigned(names: ["a"], days: 36500).certificate
        #expect(try isTrusted(century, by: century, for: "sslserver"))
    }
}
