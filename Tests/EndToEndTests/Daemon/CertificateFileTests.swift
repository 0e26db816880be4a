import Foundation
import TestKit
import Testing

extension EndToEnd {
    @Suite("Files of certificates and keys that the proxy is given", .serialized)
    struct CertificateFiles {
        @Test("A fault of a certificate or a key is reported with its file", .timeLimit(.minutes(5)))
        func certificates() async throws {
            let directory = try TemporaryDirectory()
            let data = "\(directory.path)/data"
            try await LiveSite.makeData(data)
            let (certificate, key) = ("\(data)/tls/server.crt", "\(data)/tls/server.key")
            let (encrypted, old, other) = (
                "\(directory.path)/enc.key", "\(directory.path)/old.key", "\(data)/link/ca.key"
            )
            let openssl = try Tools.path("openssl", package: "openssl")
            for (arguments, path) in [(["pkey", "-aes256"], encrypted), (["ec", "-aes128"], old)] {
                let made = try await Tools.run(
                    openssl, arguments + ["-in", other, "-passout", "pass:secret", "-out", path])
                try #require(made.status == 0, "\(made.errors)")
                chmod(path, 0o600)
            }
            try Data(contentsOf: URL(filePath: certificate)).write(to: URL(filePath: "\(directory.path)/c.key"))
            chmod("\(directory.path)/c.key", 0o600)
            let binary = ["c", "k"].map { "\(directory.path)/\($0).der" }
            for (arguments, path) in [(["x509", "-in", certificate], binary[0]), (["pkey", "-in", key], binary[1])] {
                let made = try await Tools.run(openssl, arguments + ["-outform", "DER", "-out", path])
                try #require(made.status == 0, "\(made.errors)")
            }
            let text = { (path: String) in try String(contentsOfFile: path, encoding: .utf8) }
            let (empty, both, chain) = (
                "\(directory.path)/empty", "\(directory.path)/both.pem", "\(directory.path)/chain.crt"
            )
            try "".write(toFile: empty, atomically: false, encoding: .utf8)
            try (text(certificate) + text(key)).write(toFile: both, atomically: false, encoding: .utf8)
            try (text("\(data)/link/ca.crt") + text(certificate)).write(
                toFile: chain, atomically: false, encoding: .utf8)
            for path in [binary[1], empty, both] { chmod(path, 0o600) }
            for (first, second, reason) in [
                (
                    binary[0], key,
                    "\(binary[0]): in DER or another binary form, where PEM is expected; to convert it, run: "
                        + "openssl x509 -inform DER -in \(binary[0]) -out NEWFILE"
                ),
                (
                    certificate, binary[1],
                    "\(binary[1]): in DER or another binary form, where PEM is expected; to convert "
                        + "it, run: openssl pkey -inform DER -in \(binary[1]) -out NEWFILE"
                ),
                (empty, key, "\(empty): an empty file"), (certificate, empty, "\(empty): an empty file"),
                (both, key, "\(both): has a private key too, although anyone may read a certificate; move the key to"),
                (
                    chain, key,
                    "\(chain): its certificates are in the wrong order; put the one of \(key) first, then its"
                ),
                (
                    certificate, encrypted,
                    "\(encrypted): encrypted with a passphrase, for which no daemon can ask; to write"
                ),
                (certificate, old, "\(old): encrypted with a passphrase"),
                (certificate, other, "\(other): not the private key of the first certificate in \(certificate)"),
                (certificate, "\(directory.path)/c.key", "\(directory.path)/c.key: no private key, but a certificate"),
                (certificate, "\(data)/root.key", "\(data)/root.key: no private key in PEM"),
                (certificate, "\(data)/none", "\(data)/none: no such file"),
                (key, key, "\(key): a private key, where a certificate is expected"),
                (key, certificate, "\(key): a private key, where a certificate is expected"),
                ("\(data)/token.pub", key, "\(data)/token.pub: no certificate in PEM"),
            ] {
                let options = ["--tls-certificate", first, "--tls-key", second]
                let result = try await Tools.run(
                    Tools.own("clavero-proxy"), ["--listen", "127.0.0.1:0", "--upstream", "127.0.0.1:1"] + options,
                    seconds: 10)
                let last = result.errors.lines.last ?? ""
                #expect(result.status >= 64 && last.hasPrefix("clavero-proxy: \(reason)"), "\(last)")
            }
        }

        @Test("A file with a certificate and its key can be both, and a chain with a gap is a warning")
        func chains() async throws {
            let directory = try TemporaryDirectory()
            let data = "\(directory.path)/data"
            try await LiveSite.makeData(data)
            let both = "\(directory.path)/both.pem"
            let names = ["link/keys.crt", "tls/server.crt", "link/keys.key"]
            let texts = try names.map { try String(contentsOfFile: "\(data)/\($0)", encoding: .utf8) }
            try texts.joined().write(toFile: both, atomically: false, encoding: .utf8)
            chmod(both, 0o600)
            let proxy = try Program(
                "clavero-proxy",
                [
                    "--listen", "127.0.0.1:0", "--upstream", "127.0.0.1:1", "--tls-certificate", both, "--tls-key",
                    both,
                ])
            _ = try await proxy.port()
            let reason = "\(both): certificate 2 has not issued certificate 1; put each issuer after"
            #expect(proxy.log.contains { $0.contains(reason) }, "\(proxy.log)")
            proxy.signal(SIGTERM)
        }

        @Test("An expired certificate is reported at the start, and is still used")
        func expired() async throws {
            let directory = try TemporaryDirectory()
            let (certificate, key) = ("\(directory.path)/c.crt", "\(directory.path)/c.key")
            let script = """
                set -e; umask 077; cd \(directory.path)
                openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=x -keyout c.key -out c.csr
                openssl x509 -req -in c.csr -signkey c.key -days -1 -out c.crt
                """
            let made = try await Tools.run("/bin/sh", ["-c", script])
            try #require(made.status == 0, "\(made.errors)")
            let proxy = try Program(
                "clavero-proxy",
                [
                    "--listen", "127.0.0.1:0", "--upstream", "127.0.0.1:1", "--tls-certificate", certificate,
                    "--tls-key",
                    key,
                ])
            _ = try await proxy.port()
            #expect(proxy.log.contains { $0.contains("\(certificate): a certificate has expired, at 20") })
            proxy.signal(SIGTERM)
        }
    }
}
