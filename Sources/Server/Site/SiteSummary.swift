import Daemon
import Foundation
import Input
import Postgres
import Seal

/// The lines that tell the operator what `claverod init` has made, and what to do next.
struct SiteSummary {
    private let directory: DataDirectory
    private let hasGroups: Bool
    private let certificate: CertificateFacts

    /// Reads the certificate that was made.
    init(_ site: NewSite) throws {
        directory = DataDirectory(
            path: URL(filePath: site.directory.path).path, database: site.directory.database)
        hasGroups = site.groups != nil
        certificate = try CertificateFacts(pem: KeyFile(path: directory.file("tls/server.crt")).publicText())
    }

    var text: String {
        """
        The site is in \(directory.path):
          keys          root.key, token.key and audit.key
          database      \(directory.database?.description ?? directory.databaseFile)
          certificates  tls/server.crt for clients, and those in link for the daemons; valid until \
        \(CertificateText.day(certificate.end))

        The certificate for clients has these names: \(certificate.names.joined(separator: ", "))
        Its SHA-256 fingerprint, which clients compare when they connect for the first time:
          \(certificate.fingerprint)

        Back up now: all files of \(directory.path) except the database. Keep root.key apart from backups of the
        database, because without it nobody can open a message, and with both anybody can.
        Back up each day: \(backup)

        Next: \(start.joined(separator: "\n"))
        """
    }

    private var path: String { ShellWord.quoted(directory.path) }

    private var backup: String {
        directory.database == nil
            ? "the database, with claverod backup \(path) FILE" : "the database, with pg_dump"
    }

    private var start: [String] {
        let name = certificate.names.first ?? "localhost"
        if hasGroups {
            return [
                "start the servers and the proxy, as their own users:",
                "  systemctl start clavero-keys clavero-auth clavero-proxy",
                "then connect from this machine:",
                "  clavero --port 6000",
            ]
        }
        let url = directory.database.map { " --database \(ShellWord.quoted($0.description))" } ?? ""
        let common = "--data-dir \(path)\(url)"
        return [
            "start the servers and the proxy, each in a terminal or as a service:",
            "  claverod --plugins keys --listen 127.0.0.1:5000 \(common)",
            "  claverod --plugins auth --listen 127.0.0.1:5001 \(common)",
            "  clavero-proxy --upstream 127.0.0.1:5000 --upstream 127.0.0.1:5001 --listen-tls '*:6443' \\",
            "    --tls-certificate \(ShellWord.quoted(directory.file("tls/server.crt"))) "
                + "--tls-key \(ShellWord.quoted(directory.file("tls/server.key")))",
            "then connect:",
            "  clavero --host \(ShellWord.quoted(name)) --tls implicit",
        ]
    }
}
