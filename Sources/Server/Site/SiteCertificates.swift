import Daemon
import Foundation
import Input
import Seal
import Secrets

/// New certificates for a site that is in use. Everything is computed and checked before the first file is replaced.
///
/// A certificate is renewed for its existing key, unless a new key is asked for. Then a single file changes for each
/// certificate, so a daemon that starts meanwhile never finds a certificate without its key. The authority of the links
/// keeps its key too: what it has issued can be verified by the earlier and by the renewed certificate of it, so the
/// daemons can take the new files in any order.
///
/// An authority with a new key is introduced in three steps, between which all daemons read their files again:
///
/// 1. ``newAuthority(days:)``: the daemons trust the new authority beside the earlier one.
/// 2. ``links(newKeys:days:)``: the new authority issues the certificates of the daemons.
/// 3. ``withdrawal()``: the daemons no longer trust the earlier authority.
struct SiteCertificates {
    /// The files to replace, in this order.
    typealias Files = [DurableFile.File]

    private let directory: DataDirectory

    init(_ directory: DataDirectory) {
        self.directory = directory
    }

    // MARK: - The certificate for clients

    /// Makes a new self-signed certificate for clients.
    ///
    /// - Parameter names: The names and addresses that the certificate is for; empty for those of the present one.
    /// - Throws: `StartError` if the present certificate was issued by an authority, and no names are given.
    func server(names: [String], newKey: Bool, days: Int) throws -> Files {
        let (certificate, key) = (directory.file("tls/server.crt"), directory.file("tls/server.key"))
        var names = names
        if names.isEmpty {
            let facts = try self.facts(certificate)
            guard facts.isSelfSigned else {
                throw StartError(
                    "\(certificate): was issued by \(facts.issuer.debugDescription), not by claverod; renew it there, or "
                        + "replace it with a self-signed one by --name")
            }
            names = facts.names
        }
        let existing = newKey ? nil : try secret(key)
        let made: CertifiedKey
        do throws(SealError) {
            made = try Certificate.selfSigned(names: names, days: days, key: existing)
        } catch .malformed {
            if let existing, (try? Certificate.selfSigned(names: ["localhost"], days: days, key: existing)) == nil {
                throw StartError("\(key): cannot be used for a certificate; make a new one with --new-keys", .data)
            }
            throw NewSite.unusable(names)
        }
        let replaced = DurableFile.File(path: certificate, contents: SecretBytes(made.certificate), readers: .anybody)
        return (newKey ? [.init(path: key, contents: made.key, readers: .owner)] : []) + [replaced]
    }

    // MARK: - Links

    /// Renews the authority's certificate, and lets the authority issue the certificates of all daemons again.
    func links(newKeys: Bool, days: Int) throws -> Files {
        let (authority, others) = try authority()
        let renewed = try malformed(path("ca.crt")) { () throws(SealError) in try authority.renewed(days: days) }
        var files = [publicFile("ca.crt", ([renewed.certificate] + others).joined())]
        for name in try daemons() {
            let certificate = path("\(name).crt")
            let old = try self.text(certificate)
            guard ([authority.certificate] + others).contains(where: { CertificateFacts.isIssued(old, by: $0) }) else {
                throw StartError(
                    "\(certificate): was not issued by an authority in \(path("ca.crt")); move it away, or put the right "
                        + "ca.crt back")
            }
            if !newKeys { try requireKey(of: name, old) }
            try malformed(certificate) { () throws(SealError) in
                guard newKeys else {
                    files.append(publicFile("\(name).crt", try renewed.reissue(old, days: days)))
                    return
                }
                let made = try renewed.replacement(of: old, days: days)
                files.append(.init(path: path("\(name).key"), contents: made.key, readers: .owner))
                files.append(publicFile("\(name).crt", made.certificate))
            }
        }
        return files
    }

    /// Checks that a daemon's key, if it is in the directory, is the one of the daemon's certificate. It is not after an
    /// interrupted renewal with new keys.
    private func requireKey(of daemon: String, _ certificate: String) throws {
        let file = path("\(daemon).key")
        guard FileManager.default.fileExists(atPath: file) else { return }
        guard CertificateFacts.isKey(try secret(file), of: certificate) else {
            throw StartError(
                "\(file): not the private key of \(path("\(daemon).crt")); put the right file back, or make both anew with "
                    + "--links --new-keys", .data)
        }
    }

    /// Makes a new authority. The daemons trust it beside the earlier one, which stays the issuer of their
    /// certificates.
    func newAuthority(days: Int) throws -> Files {
        let (authority, _) = try authority()
        let new = try CertificateAuthority(name: "Clavero links", days: days)
        // If the second file is not replaced, the first one still has the authority whose key is in use.
        return [
            publicFile("ca.crt", new.certificate + authority.certificate),
            .init(path: path("ca.key"), contents: new.key, readers: .owner),
        ]
    }

    /// Removes all authorities but the current one.
    ///
    /// - Returns: The file to replace; empty if there is only one authority.
    /// - Throws: `StartError` if a daemon's certificate was issued by another one.
    func withdrawal() throws -> Files {
        let (authority, others) = try authority()
        for name in try daemons() {
            let certificate = path("\(name).crt")
            guard authority.hasIssued(try text(certificate)) else {
                throw StartError(
                    "\(certificate): was issued by the earlier authority; run claverod certificate --links first, and "
                        + "let all daemons read it")
            }
        }
        return others.isEmpty ? [] : [publicFile("ca.crt", authority.certificate)]
    }

    /// Reads the authority whose key is in the directory, and the other certificates that the daemons trust.
    private func authority() throws -> (CertificateAuthority, others: [String]) {
        let (certificates, key) = (
            CertificateFacts.separated(try text(path("ca.crt"))), try secret(path("ca.key"), hint: Self.authorityHint)
        )
        guard !certificates.isEmpty else { throw StartError("\(path("ca.crt")): no certificate in PEM", .data) }
        for (index, certificate) in certificates.enumerated() {
            guard let authority = try? CertificateAuthority(certificate: certificate, key: key) else { continue }
            var others = certificates
            others.remove(at: index)
            return (authority, others)
        }
        throw StartError("\(path("ca.key")): not the private key of the authority in \(path("ca.crt"))", .data)
    }

    /// Returns the names of the daemons that have a certificate in the directory.
    private func daemons() throws -> [String] {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: directory.file("link"))) ?? []
        return files.filter { $0.hasSuffix(".crt") && $0 != "ca.crt" }.map { String($0.dropLast(4)) }.sorted()
    }

    // MARK: - Files

    private func path(_ name: String) -> String { directory.file("link/\(name)") }

    private func publicFile(_ name: String, _ text: String) -> DurableFile.File {
        .init(path: path(name), contents: SecretBytes(text), readers: .anybody)
    }

    private func text(_ path: String) throws -> String { try KeyFile(path: path).publicText(hint: DataDirectory.hint) }

    private func secret(_ path: String, hint: String = "") throws -> SecretBytes {
        try KeyFile(path: path, reader: .command).secret(hint: hint)
    }

    private static let authorityHint =
        "put it back for this command; claverod certificate --server needs no key of the authority"

    private func facts(_ path: String) throws -> CertificateFacts {
        let text = try text(path)
        return try malformed(path) { () throws(SealError) in try CertificateFacts(pem: text) }
    }

    private func malformed<Value>(_ path: String, _ work: () throws(SealError) -> Value) throws -> Value {
        do throws(SealError) {
            return try work()
        } catch .malformed {
            throw StartError("\(path): not a certificate that claverod can renew", .data)
        }
    }
}
