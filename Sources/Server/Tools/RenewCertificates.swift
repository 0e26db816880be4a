import ArgumentParser
import Daemon
import Foundation
import Input
import Seal
import Secrets

/// The command `claverod certificate DIR`, which renews the certificates of a site while it runs.
struct RenewCertificates: OwnerCommand {
    static let configuration = CommandConfiguration(
        commandName: "certificate",
        abstract: "Renew the certificates for clients and for links, while the site runs.",
        discussion: """
            Without --server and --links, both kinds are renewed. The private keys stay the same, unless --new-keys is \
            given. The daemons take the new certificates when they get SIGHUP, and keep all sessions and links.
            """)

    @Option(help: "A name or address by which clients reach the proxy. May be given repeatedly. (default: as before)")
    var name: [String] = []

    @Flag(help: "Renew the certificate for clients only.")
    var server = false

    @Flag(help: "Renew the certificates for links and that of their authority only.")
    var links = false

    @Flag(help: "Make new private keys too, except that of the authority.")
    var newKeys = false

    @Flag(help: "Instead, make a new authority for links, which the daemons trust beside the earlier one.")
    var newAuthority = false

    @Flag(help: "Instead, remove earlier authorities, after --new-authority and --links.")
    var withdraw = false

    @Option(help: "Days for which the certificates are valid.")
    var days = NewSite.days

    @Argument(help: "The data directory.")
    var directory: String

    func validate() throws {
        guard 1...36_500 ~= days else { throw ValidationError("--days must be from 1 to 36500") }
        let isRenewal = server || links || newKeys || !name.isEmpty
        guard [newAuthority, withdraw, isRenewal].count(where: { $0 }) <= 1 else {
            throw ValidationError("--new-authority and --withdraw cannot be combined with other options")
        }
        guard name.isEmpty || server || !links else {
            throw ValidationError("--name is for the certificate for clients, which --links leaves out")
        }
    }

    func becomeOwner() throws(StartError) {
        try DataDirectory(path: directory).becomeOwner(of: "tls/server.key", "link/ca.key", "root.key")
    }

    func run() async throws {
        let data = DataDirectory(path: directory)
        let lock = try SiteLock(on: data)
        defer { withExtendedLifetime(lock) {} }
        let certificates = SiteCertificates(data)
        if newAuthority {
            try DurableFile.replace(try certificates.newAuthority(days: days))
            return print(Self.authorityText)
        }
        if withdraw {
            let files = try certificates.withdrawal()
            try DurableFile.replace(files)
            return print(files.isEmpty ? "There is no earlier authority; nothing was changed." : Self.withdrawnText)
        }
        let forClients = server || !links
        var files: SiteCertificates.Files = []
        if links || !server { files += try certificates.links(newKeys: newKeys, days: days) }
        if forClients { files += try certificates.server(names: name, newKey: newKeys, days: days) }
        try DurableFile.replace(files)
        report(files, forClients: forClients)
    }

    private func report(_ files: SiteCertificates.Files, forClients: Bool) {
        for file in files {
            let text = file.contents.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
            guard file.path.hasSuffix(".crt"), let facts = try? CertificateFacts(pem: text) else { continue }
            print("\(file.path): valid until \(CertificateText.day(facts.end))")
            guard file.path.hasSuffix("tls/server.crt") else { continue }
            print("  names: \(facts.names.joined(separator: ", "))\n  SHA-256 fingerprint: \(facts.fingerprint)")
        }
        print(newKeys ? "The private keys are new." : "The private keys are the same as before.")
        if forClients {
            print("Tell people the new fingerprint: clavero refuses a server whose certificate has changed.")
        }
        print(Self.next)
    }

    private static let next = """
        Next: copy the new files to the other machines of the site. Then send SIGHUP to all daemons, as systemctl reload \
        does. A daemon that gets its certificates as credentials of systemd takes new ones when it is restarted.
        """

    private static let authorityText = """
        link/ca.crt has a new authority before the earlier one, and link/ca.key has its key.
        \(next)
        After that, run claverod certificate --links, and do the same again. At last, run claverod certificate --withdraw.
        """

    private static let withdrawnText = """
        link/ca.crt has only the current authority.
        \(next)
        """
}
