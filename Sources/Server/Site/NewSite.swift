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
    /// If an earlier run was interrupted, this one continues it: it keeps the root key and the database, if they exist,
    /// and makes the other files again.
    ///
    /// - Throws: `StartError` if one of the files already exists, or if something cannot be made. Everything that was
    ///   made is removed then.
    func create() async throws {
        let files = try self.files()
        let mark = InitMark(in: directory)
        var made: [String] = []
        var directories: [String] = []
        do {
            try DurableFile.makeDirectory(directory.path, made: &directories)
            let lock = try SiteLock(on: directory, isInit: true)
            defer { withExtendedLifetime(lock) {} }
            let isContinued = try mark.names(leftBy: .create) != nil
            if isContinued { removeLeftovers(files) } else { try requireNone(files) }
            let names = files.map(name(of:))
            try mark.write(.create, names)
            if !isContinued { made.append(mark.path) }
            try makeDirectories(made: &directories)
            for file in files where !FileManager.default.fileExists(atPath: file.path) {
                try DurableFile.create(file.path, file.contents, for: file.readers)
                made.append(file.path)
            }
            if directory.database == nil, !isContinued {
                made += ["", "-wal", "-shm"].map { directory.databasePath + $0 }
            }
            try createDatabase(orKeep: isContinued)
            try await nameRootKey()
            if groups != nil {
                for path in [directory.path, directory.file("link")] { try DurableFile.share(path, mode: 0o710) }
            }
            try mark.remove()
        } catch {
            // An incomplete site would make the next attempt fail.
            for path in made.reversed() { unlink(path) }
            for path in directories.reversed() { rmdir(path) }
            throw error
        }
    }

    /// Checks that none of the files exists yet.
    private func requireNone(_ files: [File]) throws(StartError) {
        var paths = files.map(\.path)
        if directory.database == nil {
            paths += ["clavero.db", "\(DataDirectory.databaseFolder)/clavero.db"].map(directory.file)
        }
        for path in paths where FileManager.default.fileExists(atPath: path) {
            throw StartError("\(path): already exists; nothing was changed", .creation)
        }
    }

    /// Removes the files of an interrupted run. No server has used them. The root key stays if it is complete, because a
    /// database may already name it.
    private func removeLeftovers(_ files: [File]) {
        let hasRootKey = (try? directory.rootKeys()) != nil
        for file in files {
            unlink(DurableFile.draft(of: file.path))
            if !hasRootKey || file.path != directory.file("root.key") { unlink(file.path) }
        }
    }

    private func makeDirectories(made: inout [String]) throws(StartError) {
        for name in ["tls", "link"] { try DurableFile.makeDirectory(directory.file(name), made: &made) }
        guard groups != nil, directory.database == nil else { return }
        let folder = directory.file(DataDirectory.databaseFolder)
        try DurableFile.makeDirectory(folder, made: &made)
        try DurableFile.share(folder, mode: 0o2770)
    }

    private func createDatabase(orKeep isKept: Bool) throws(StartError) {
        do throws(StartError) {
            try directory.createDatabase()
        } catch  where isKept && error.status == .creation {
            // The interrupted run made it. A database appears complete or not at all.
        }
    }

    /// Adds files that a directory of an earlier release does not have yet. The keys of tokens and accounts are never
    /// replaced. If an earlier run was interrupted, the files that it was making are made again.
    ///
    /// - Returns: The names of the files that were added.
    /// - Throws: `StartError`.
    func upgrade() throws -> [String] {
        let mark = InitMark(in: directory)
        _ = try mark.names(leftBy: .upgrade)
        _ = try directory.rootKeys()
        let lock = try SiteLock(on: directory, isInit: true)
        defer { withExtendedLifetime(lock) {} }
        let left = try mark.names(leftBy: .upgrade) ?? []
        _ = try directory.tokenKeys(signs: true)
        // The database is not opened, because opening would upgrade it. Only the servers upgrade it.
        guard directory.database != nil || FileManager.default.fileExists(atPath: directory.databasePath) else {
            throw StartError("\(directory.databasePath): no such file; \(DataDirectory.hint)", .input)
        }
        var added: [String] = []
        for files in [signingKey("audit"), pair("tls/server", try server()), try linkFiles()] {
            let isLeft = left.contains(name(of: files[0]))
            guard isLeft || !files.contains(where: { FileManager.default.fileExists(atPath: $0.path) }) else {
                continue
            }
            try mark.write(.upgrade, files.map(name(of:)))
            if isLeft { removeLeftovers(files) }
            try add(files)
            added += files.map(name(of:))
        }
        if !added.isEmpty || !left.isEmpty { try mark.remove() }
        return added
    }

    /// Makes all of the files. If one cannot be made, the others are removed.
    private func add(_ files: [File]) throws(StartError) {
        do throws(StartError) {
            try DurableFile.makeDirectory((files[0].path as NSString).deletingLastPathComponent)
            for file in files { try DurableFile.create(file.path, file.contents, for: file.readers) }
        } catch {
            for file in files { unlink(file.path) }
            try? InitMark(in: directory).remove()
            throw error
        }
    }

    /// Returns the name of a file, relative to the directory.
    private func name(of file: File) -> String { String(file.path.dropFirst(directory.path.count + 1)) }

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

    /// The names that a site gets if the operator gives none: those of this machine.
    static var usualNames: [String] {
        [ProcessInfo.processInfo.hostName].filter(isUsable) + ["localhost", "127.0.0.1", "::1"]
    }

    /// The error for names of which one cannot be in a certificate.
    static func unusable(_ names: [String]) -> StartError {
        let wrong = names.filter { !isUsable($0) }.map(\.debugDescription)
        return StartError(
            "--name: a certificate cannot contain \(wrong.joined(separator: " or ")); give host names or addresses, the "
                + "first one of at most 64 characters")
    }

    private static func isUsable(_ name: String) -> Bool {
        (try? Certificate.selfSigned(names: [name], days: 1)) != nil
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
        let id = try directory.rootKeys().current.id
        let store = try directory.store()
        let isNamed =
            if try await store.setRootKeyID(id, replacing: nil) { true } else { try await store.rootKeyID() == id }
        try await store.close()
        guard isNamed else { throw directory.foreignRootKey }
    }
}
