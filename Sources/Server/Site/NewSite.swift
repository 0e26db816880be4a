import Daemon
import Foundation
import Input
import Seal
import Secrets
import Signing
import Store

/// A new data directory, with everything that a site needs.
///
///     root.key                wraps the keys of all accounts
///     token.key, token.pub    sign and verify tokens
///     audit.key, audit.pub    sign and verify the checkpoints of the audit log
///     clavero.db              is the SQLite database, if the site uses one; in the directory db if servers have groups
///     tls/server.crt, .key    are self-signed, for TLS with clients
///     link/ca.crt, .key       are the authority by which the daemons know each other
///     link/NAME.crt, .key     are the certificates and keys of the daemons proxy, keys and auth
struct NewSite {
    /// The validity of the certificates: ten years, in days. The daemons trust the signer of the certificates. The
    /// operator can replace them at any time before they expire.
    static let days = 3650
    private static let servers = ["keys", "auth"]

    let directory: DataDirectory
    /// The names and addresses by which clients know the proxy.
    let names: [String]
    /// The groups of the servers, if the servers have users of their own; nil if all files belong to one user.
    var groups: ServiceGroups?

    /// Makes the directories (mode 0700), the secret files (0600) and the public files (0644).
    ///
    /// If the servers have groups, the group of this process must be the one that all users of the site are in. Its
    /// members may enter the data directory and the one of the links' files, and write to the database and its
    /// directory. Each server's group may read that server's keys only.
    ///
    /// - Throws: `StartError` if one of the files already exists, or if something cannot be made. Everything that was
    ///   made is removed then.
    func create() async throws {
        let files = try self.files()
        var paths = files.map(\.path)
        if directory.database == nil {
            paths += ["clavero.db", "\(DataDirectory.databaseFolder)/clavero.db"].map(directory.file)
        }
        for path in paths where FileManager.default.fileExists(atPath: path) {
            throw StartError("\(path): already exists; nothing was changed", .creation)
        }
        var made: [String] = []
        var directories: [String] = []
        do {
            for path in [directory.path, directory.file("tls"), directory.file("link")] {
                try DurableFile.makeDirectory(path, made: &directories)
            }
            if groups != nil, directory.database == nil {
                let folder = directory.file(DataDirectory.databaseFolder)
                try DurableFile.makeDirectory(folder, made: &directories)
                try DurableFile.share(folder, mode: 0o2770)
            }
            for file in files {
                try DurableFile.create(file.path, file.contents, for: file.readers)
                made.append(file.path)
            }
            if directory.database == nil { made += ["", "-wal", "-shm"].map { directory.databasePath + $0 } }
            try directory.createDatabase()
            try await nameRootKey()
            if groups != nil {
                for path in [directory.path, directory.file("link")] { try DurableFile.share(path, mode: 0o710) }
            }
        } catch {
            // An incomplete site would make the next attempt fail.
            for path in made { unlink(path) }
            for path in directories.reversed() { rmdir(path) }
            throw error
        }
    }

    /// Adds files that a directory of an earlier release does not have yet. The keys of tokens and accounts are never
    /// replaced.
    ///
    /// - Returns: The names of the files that were added.
    /// - Throws: `StartError`.
    func upgrade() throws -> [String] {
        var added: [String] = []
        _ = try directory.rootKeys()
        _ = try directory.tokenKeys(signs: true)
        // The database is not opened, because opening would upgrade it. Only the servers upgrade it.
        guard directory.database != nil || FileManager.default.fileExists(atPath: directory.databasePath) else {
            throw StartError("\(directory.databasePath): no such file; \(DataDirectory.hint)", .input)
        }
        for files in [signingKey("audit"), pair("tls/server", try server()), try linkFiles()]
        where !files.contains(where: { FileManager.default.fileExists(atPath: $0.path) }) {
            try DurableFile.makeDirectory((files[0].path as NSString).deletingLastPathComponent)
            for file in files {
                try DurableFile.create(file.path, file.contents, for: file.readers)
                added.append(String(file.path.dropFirst(directory.path.count + 1)))
            }
        }
        return added
    }

    private typealias File = (path: String, contents: SecretBytes, readers: DurableFile.Readers)

    private func files() throws -> [File] {
        try [secretFile("root.key", DurableFile.line(.random(count: 32)), for: groups?.keys)]
            + signingKey("token", for: groups?.auth) + signingKey("audit")
            + pair("tls/server", server()) + linkFiles()
    }

    private func signingKey(_ name: String, for group: gid_t? = nil) -> [File] {
        let key = SigningKey()
        return [
            secretFile("\(name).key", DurableFile.line(key.seed), for: group),
            publicFile("\(name).pub", key.publicKey.pem),
        ]
    }

    private func linkFiles() throws -> [File] {
        let authority = try CertificateAuthority(name: "Clavero links", days: Self.days)
        let servers = try Self.servers.flatMap { name in
            let group = name == "keys" ? groups?.keys : groups?.auth
            return pair("link/\(name)", try authority.issue(name: name, role: .server, days: Self.days), for: group)
        }
        return try pair("link/ca", (authority.certificate, authority.key))
            + pair("link/proxy", authority.issue(name: "proxy", role: .client, days: Self.days)) + servers
    }

    private func server() throws -> CertifiedKey {
        do {
            return try Certificate.selfSigned(names: names, days: Self.days)
        } catch SealError.malformed {
            throw Self.unusable(names)
        }
    }

    /// The error for names of which one cannot be in a certificate.
    static func unusable(_ names: [String]) -> StartError {
        StartError(
            "a certificate cannot contain one of the names \(names.joined(separator: ", ")); give host names or addresses, "
                + "the first one of at most 64 characters")
    }

    private func pair(_ name: String, _ pair: CertifiedKey, for group: gid_t? = nil) -> [File] {
        [publicFile("\(name).crt", pair.certificate), secretFile("\(name).key", pair.key, for: group)]
    }

    private func secretFile(_ name: String, _ contents: SecretBytes, for group: gid_t? = nil) -> File {
        (directory.file(name), contents, group.map { .group($0) } ?? .owner)
    }

    private func publicFile(_ name: String, _ text: String) -> File {
        (directory.file(name), SecretBytes(text), .anybody)
    }

    private func nameRootKey() async throws {
        let store = try directory.store()
        _ = try await store.setRootKeyID(try directory.rootKeys().current.id, replacing: nil)
        try await store.close()
    }
}
