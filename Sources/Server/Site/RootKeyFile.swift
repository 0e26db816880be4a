import Daemon
import Foundation
import Input
import Seal
import Secrets

/// The file root.key as a rotation changes it: the current key first, the earlier ones behind it.
struct RootKeyFile {
    private let directory: DataDirectory
    private(set) var secrets: [SecretBytes]
    private(set) var keys: RootKeys

    init(_ directory: DataDirectory) throws {
        self.directory = directory
        secrets = try directory.rootSecrets()
        keys = RootKeys(try secrets.map { try RootKey($0) })
    }

    /// An error of that reason; it names the file.
    func failure(_ reason: String) -> StartError { directory.secretFile("root.key").failure(reason) }

    /// Puts a new key in front. On disk when this returns.
    ///
    /// - Throws: `StartError`, also where the keys come as a credential.
    mutating func addKey() throws {
        try replace(by: [.random(count: 32)] + secrets)
    }

    /// Leaves the current key alone. Returns how many went.
    mutating func removeEarlierKeys() throws -> Int {
        let count = secrets.count - 1
        if count > 0 { try replace(by: [secrets[0]]) }
        return count
    }

    private mutating func replace(by new: [SecretBytes]) throws {
        try directory.requireFile("root.key")
        try NewFile.replace(directory.file("root.key"), NewFile.lines(new), for: .owner)
        secrets = new
        keys = RootKeys(try new.map { try RootKey($0) })
    }
}
