import Daemon
import Foundation
import Input
import Postgres
import Seal
import Secrets
import Signing
import Store

/// The files of a site, their contents, and which users may read them. A key that systemd passes as a credential
/// replaces the file with that name.
struct DataDirectory: Sendable {
    let path: String
    /// The address of the PostgreSQL database; nil if the database is a file of the directory.
    var database: PostgresAddress?
    var credentials = Credentials()
    var reader = KeyFile.Reader.command

    static let hint = "create a data directory with claverod init"

    func file(_ name: String) -> String { "\(path)/\(name)" }

    /// The name of the database's directory, in a site whose servers have users of their own. The servers can write
    /// to it, but not to the data directory.
    static let databaseFolder = "db"

    private var hasDatabaseFolder: Bool {
        var isDirectory: ObjCBool = false
        return FileManager.default.fileExists(atPath: file(Self.databaseFolder), isDirectory: &isDirectory)
            && isDirectory.boolValue
    }

    /// The users who may open a database that is made in this directory.
    var databaseAccess: SQLiteFile.Access { hasDatabaseFolder ? .group : .owner }

    /// The name of the database file, relative to this directory.
    var databaseFile: String { hasDatabaseFolder ? "\(Self.databaseFolder)/clavero.db" : "clavero.db" }

    var databasePath: String { file(databaseFile) }

    /// Returns the site to which a database file belongs. The file need not exist yet.
    static func holding(_ database: URL) -> DataDirectory {
        let folder = database.deletingLastPathComponent()
        let parent = folder.deletingLastPathComponent()
        let isDivided =
            folder.lastPathComponent == databaseFolder
            && FileManager.default.fileExists(atPath: parent.appending(path: "token.pub").path)
        return DataDirectory(path: isDivided ? parent.path : folder.path)
    }

    /// The name of the database in messages.
    var databaseName: String { database?.description ?? databasePath }

    /// Returns the paths of the files that a daemon needs for links: its certificate, its key, and the certificate of
    /// the link authority. Each is the credential with that name if it exists, and otherwise the file in `link`.
    func linkFiles(of daemon: String) -> TLSFiles {
        let path = { (name: String) in credentials.path(of: name) ?? file("link/\(name)") }
        return TLSFiles(certificate: path("\(daemon).crt"), key: path("\(daemon).key"), authority: path("ca.crt"))
    }

    /// Returns the path of a plugin's own directory, and makes the directory if it does not exist.
    func makeDirectory(of plugin: String) throws(StartError) -> String {
        let path = file("plugins/\(plugin)")
        try DurableFile.makeDirectory(path)
        return path
    }

    /// Reads the root keys. The file has one key a line, and the first key is the one that wraps new keys.
    func rootKeys() throws -> RootKeys {
        RootKeys(try rootSecrets().map { secret in try RootKey(secret) })
    }

    /// Reads the root keys as they are in the file.
    func rootSecrets() throws -> [SecretBytes] { try secrets("root.key") }

    /// Reads the keys of tokens.
    ///
    /// - Parameter signs: Whether to read the key that signs as well.
    /// - Throws: An error if the published keys do not contain the public key of the key that signs.
    func tokenKeys(signs: Bool) throws -> (published: [VerifyingKey], signing: SigningKey?) {
        let file = publicFile("token.pub")
        let published = try Self.publicKeys(file)
        guard signs else { return (published, nil) }
        let signing = try signingKey("token.key")
        guard published.contains(signing.publicKey) else {
            throw file.failure(
                "does not have the public key of token.key; copy both files from the machine where claverod rotate ran")
        }
        return (published, signing)
    }

    /// Reads the key that signs the audit log's checkpoints.
    func auditKey() throws -> SigningKey { try signingKey("audit.key") }

    /// Reads the public keys that verify the audit log's checkpoints.
    func auditPublicKeys() throws -> [VerifyingKey] { try Self.publicKeys(publicFile("audit.pub")) }

    /// Opens the database.
    ///
    /// - Parameter settings: The settings of a SQLite database.
    /// - Throws: `StartError` if it cannot be opened.
    func store(_ settings: SQLiteDriver.Settings = .init()) throws -> Store {
        do throws(OpenError) {
            if let database { return try Store(at: database) }
            return try Store(file: databasePath, settings: settings)
        } catch {
            throw StartError(error)
        }
    }

    func createDatabase() throws(StartError) {
        do throws(OpenError) {
            if let database { return try PostgresDriver.create(at: database) }
            try SQLiteFile.create(at: databasePath, for: databaseAccess)
        } catch {
            throw StartError(error)
        }
    }

    private static let tools =
        "claverod backup and restore work only with SQLite; use pg_dump(1) and pg_restore(1) for PostgreSQL"

    /// Checks that the database is not on a database server. Only a file can be copied and restored.
    ///
    /// - Throws: `StartError` if it is on a server.
    func requireNoServerDatabase() throws(StartError) {
        if let database { throw StartError("\(database): \(Self.tools)") }
    }

    /// Checks that the database is an existing file.
    ///
    /// - Throws: `StartError` if it is on a server, or if the file does not exist.
    func requireDatabaseFile() throws(StartError) {
        try requireNoServerDatabase()
        guard FileManager.default.fileExists(atPath: databasePath) else {
            throw StartError("\(databasePath): no such file; \(Self.tools)", .input)
        }
    }

    func secretFile(_ name: String) -> KeyFile {
        KeyFile(named: name, in: path, credentials: credentials, reader: reader)
    }

    /// Checks that a key is a file of this directory, so that it can be changed.
    ///
    /// - Throws: `StartError` if the key comes as a credential.
    func requireFile(_ name: String) throws(StartError) {
        let read = secretFile(name)
        guard read.path == file(name) else {
            throw read.failure("a credential, which must be changed at its source")
        }
    }

    /// The error for a root.key without the root key that the database names.
    var foreignRootKey: StartError {
        secretFile("root.key").failure(
            "not the root key of this database; put back the root.key that belongs to \(databaseName)")
    }

    private func publicFile(_ name: String) -> KeyFile { KeyFile(path: file(name)) }

    private func signingKey(_ name: String) throws -> SigningKey {
        let secrets = try secrets(name)
        guard secrets.count == 1 else { throw secretFile(name).failure("contains more than one key") }
        return try SigningKey(seed: secrets[0])
    }

    /// Reads one or more public keys in PEM.
    ///
    /// - Parameter hint: The text that follows "no such file" in the error.
    static func publicKeys(_ file: KeyFile, hint: String = hint) throws(StartError) -> [VerifyingKey] {
        guard let keys = VerifyingKey.all(pem: try file.publicText(hint: hint)) else {
            throw file.failure("not an Ed25519 public key in PEM", .data)
        }
        return keys
    }

    /// Reads one or more lines, each with 32 bytes in base64.
    private func secrets(_ name: String) throws -> [SecretBytes] {
        let file = secretFile(name)
        let lines = try file.secret(hint: Self.hint).withUnsafeBytes { text in
            text.split { $0 == 0x20 || 0x09...0x0D ~= $0 }.map { line in
                SecretBytes(base64: RawSpan(_unsafeBytes: UnsafeRawBufferPointer(rebasing: line)))
            }
        }
        let keys = lines.compactMap(\.self)
        guard !keys.isEmpty, keys.count == lines.count, keys.allSatisfy({ $0.count == 32 }) else {
            throw file.failure("not a key of 32 bytes in base64; restore it from a backup", .data)
        }
        return keys
    }
}
