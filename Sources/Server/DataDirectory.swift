import Armor
import Daemon
import Foundation
import Seal
import Store

/// The files of a site: what is in them, and who may read them.
struct DataDirectory {
    let path: String

    var rootKeyPath: String { "\(path)/root.key" }
    var tokenKeyPath: String { "\(path)/token.key" }
    var tokenPublicKeyPath: String { "\(path)/token.pub" }
    var databasePath: String { "\(path)/clavero.db" }

    /// Makes the directory (0700) and its files (0600, the public key 0644).
    ///
    /// - Throws: `StartError`, before anything is made, if one of the files is there.
    func create() throws {
        for file in [rootKeyPath, tokenKeyPath, tokenPublicKeyPath, databasePath] where exists(file) {
            throw StartError("\(file): already exists; nothing was changed")
        }
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw StartError("\(path): cannot be made")
        }
        let tokenKey = SigningKey()
        try write(SecretBytes.random(count: 32), to: rootKeyPath)
        try write(tokenKey.seed, to: tokenKeyPath)
        try write(Array(tokenKey.publicKey.pem.utf8), to: tokenPublicKeyPath, mode: 0o644)
        do throws(OpenError) { try SQLiteStore.create(at: databasePath) } catch { throw StartError("\(error)") }
    }

    func rootKey() throws -> RootKey {
        try RootKey(try secret(at: rootKeyPath))
    }

    func tokenKey() throws -> SigningKey {
        try SigningKey(seed: try secret(at: tokenKeyPath))
    }

    func tokenPublicKey() throws -> VerifyingKey {
        guard let pem = String(data: try contents(of: tokenPublicKeyPath), encoding: .utf8),
            let key = VerifyingKey(pem: pem)
        else { throw StartError("\(tokenPublicKeyPath): not an Ed25519 public key in PEM") }
        return key
    }

    func store() throws -> SQLiteStore {
        do throws(OpenError) {
            return try SQLiteStore(path: databasePath)
        } catch {
            throw StartError("\(error)")
        }
    }

    /// 32 octets in base64, in a file that nobody but its owner can read.
    private func secret(at file: String) throws -> SecretBytes {
        let text = try contents(of: file)
        let mode = try? FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
        guard let mode, mode & 0o077 == 0 else {
            throw StartError("\(file): others can read it; chmod 600, and ask yourself who did")
        }
        guard let trimmed = String(data: text, encoding: .utf8)?.trimmingCharacters(in: .whitespacesAndNewlines),
            let octets = Base64.decode(trimmed, padded: true), octets.count == 32
        else { throw StartError("\(file): not a key of 32 octets in base64") }
        return SecretBytes(octets)
    }

    private func contents(of file: String) throws -> Data {
        guard exists(file) else { throw StartError("\(file): no such file; claverod init makes a data directory") }
        guard let data = FileManager.default.contents(atPath: file) else { throw StartError("\(file): cannot be read") }
        return data
    }

    private func exists(_ file: String) -> Bool { FileManager.default.fileExists(atPath: file) }

    private func write(_ key: SecretBytes, to file: String) throws {
        try write(key.withBytes { Base64.encode($0, padded: true) } + Array("\n".utf8), to: file, mode: 0o600)
    }

    private func write(_ octets: [UInt8], to file: String, mode: mode_t) throws {
        let descriptor = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw StartError("\(file): \(String(cString: strerror(errno)).lowercased())") }
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        do {
            try handle.write(contentsOf: Data(octets))
            try handle.synchronize()
        } catch {
            throw StartError("\(file): cannot be written")
        }
    }
}
