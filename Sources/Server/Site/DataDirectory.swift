import Daemon
import Foundation
import Input
import Postgres
import Seal
import Secrets
import Signing
import Store

/// The files of a site: what is in them, and who may read them. A key that systemd gives as a credential takes the place
/// of the file of that name.
struct DataDirectory: Sendable {
    let path: String
    /// Nil where the database is a file of the directory.
    var database: PostgresAddress?
    var credentials = Credentials()
    var reader = KeyFile.Reader.command

    static let hint = "claverod init makes a data directory"

    func file(_ name: String) -> String { "\(path)/\(name)" }

    /// The directory of the database in a site whose servers have users of their own: they write to it, and not to the
    /// data directory.
    static let databaseFolder = "db"

    private var hasDatabaseFolder: Bool {
        var isDirectory: ObjCBool = false
        return FileManager.default.fileExists(atPath: file(Self.databaseFolder), isDirectory: &isDirectory)
            && isDirectory.boolValue
    }

    /// The users who may open a database that is made in this directory.
    var databaseAccess: SQLiteFile.Access { hasDatabaseFolder ? .group : .owner }

    /// The name of the database's file in this directory.
    var databaseFile: String { hasDatabaseFolder ? "\(Self.databaseFolder)/clavero.db" : "clavero.db" }

    var databasePath: String { file(databaseFile) }

    /// The site whose database is that file, or would be.
    static func holding(_ database: URL) -> DataDirectory {
        let folder = database.deletingLastPathComponent()
        let parent = folder.deletingLastPathComponent()
        let isDivided =
            folder.lastPathComponent == databaseFolder
            && FileManager.default.fileExists(atPath: parent.appending(path: "token.pub").path)
        return DataDirectory(path: isDivided ? parent.path : folder.path)
    }

    /// What messages call the database.
    var databaseName: String { database?.description ?? databasePath }

    /// The certificate of a daemon for links, its key, and the link authority's certificate: of each the credential of
    /// that name if there is one, otherwise the file in `link`.
    func linkFiles(of daemon: String) -> TLSFiles {
        let path = { (name: String) in credentials.path(of: name) ?? file("link/\(name)") }
        return TLSFiles(certificate: path("\(daemon).crt"), key: path("\(daemon).key"), authority: path("ca.crt"))
    }

    /// The directory that a plugin has for itself, made if need be.
    func makeDirectory(of plugin: String) throws(StartError) -> String {
        let path = file("plugins/\(plugin)")
        try NewFile.makeDirectory(path)
        return path
    }

    /// The root keys, a line each: the first is the one under which keys are wrapped now.
    func rootKeys() throws -> RootKeys {
        RootKeys(try rootSecrets().map { secret in try RootKey(secret) })
    }

    /// The same as they stand in the file.
    func rootSecrets() throws -> [SecretBytes] { try secrets("root.key") }

    /// The keys of tokens. `signs`: the one that signs as well.
    func tokenKeys(signs: Bool) throws -> (published: [VerifyingKey], signing: SigningKey?) {
        let file = publicFile("token.pub")
        let published = try Self.publicKeys(file)
        guard signs else { return (published, nil) }
        let signing = try signingKey("token.key")
        guard published.contains(signing.publicKey) else {
            throw file.failure("does not have the public key of token.key")
        }
        return (published, signing)
    }

    /// The key that signs the audit log's checkpoints.
    func auditKey() throws -> SigningKey { try signingKey("audit.key") }

    /// The keys by which they are checked.
    func auditPublicKeys() throws -> [VerifyingKey] { try Self.publicKeys(publicFile("audit.pub")) }

    /// - Parameter settings: those of a SQLite database.
    func store(_ settings: SQLiteDriver.Settings = .init()) throws -> Store {
        do throws(OpenError) {
            if let database { return try Store(at: database) }
            return try Store(file: databasePath, settings: settings)
        } catch {
            throw StartError("\(error)")
        }
    }

    func createDatabase() throws(StartError) {
        do throws(OpenError) {
            if let database { return try PostgresDriver.create(at: database) }
            try SQLiteFile.create(at: databasePath, for: databaseAccess)
        } catch {
            throw StartError("\(error)")
        }
    }

    private static let tools =
        "claverod backup and restore are for a file; for PostgreSQL there are pg_dump(1) and pg_restore(1)"

    /// - Throws: `StartError` where the database is a server's: only a file can be copied and put back.
    func requireNoServerDatabase() throws(StartError) {
        if let database { throw StartError("\(database): \(Self.tools)") }
    }

    /// - Throws: `StartError` where the database is not a file, or the file is not there.
    func requireDatabaseFile() throws(StartError) {
        try requireNoServerDatabase()
        guard FileManager.default.fileExists(atPath: databasePath) else {
            throw StartError("\(databasePath): no such file; \(Self.tools)")
        }
    }

    func secretFile(_ name: String) -> KeyFile {
        KeyFile(named: name, in: path, credentials: credentials, reader: reader)
    }

    /// - Throws: `StartError` if the key is one that cannot be changed here, since it comes as a credential.
    func requireFile(_ name: String) throws(StartError) {
        let read = secretFile(name)
        guard read.path == file(name) else {
            throw read.failure("a credential, which can only be changed at its source")
        }
    }

    private func publicFile(_ name: String) -> KeyFile { KeyFile(path: file(name)) }

    private func signingKey(_ name: String) throws -> SigningKey {
        let secrets = try secrets(name)
        guard secrets.count == 1 else { throw secretFile(name).failure("more than one key") }
        return try SigningKey(seed: secrets[0])
    }

    /// One or more, in PEM. `hint` follows "no such file" in the error.
    static func publicKeys(_ file: KeyFile, hint: String = hint) throws(StartError) -> [VerifyingKey] {
        guard let keys = VerifyingKey.all(pem: try file.publicText(hint: hint)) else {
            throw file.failure("not an Ed25519 public key in PEM")
        }
        return keys
    }

    /// Lines of 32 octets in base64; at least one.
    private func secrets(_ name: String) throws -> [SecretBytes] {
        let file = secretFile(name)
        let lines = try file.secret(hint: Self.hint).withUnsafeBytes { text in
            text.split { $0 == 0x20 || 0x09...0x0D ~= $0 }.map { line in
                SecretBytes(base64: RawSpan(_unsafeBytes: UnsafeRawBufferPointer(rebasing: line)))
            }
        }
        let keys = lines.compactMap(\.self)
        guard !keys.isEmpty, keys.count == lines.count, keys.allSatisfy({ $0.count == 32 }) else {
            throw file.failure("not a key of 32 octets in base64")
        }
        return keys
    }
}
