import Daemon
import Foundation
import Input
import Seal
import Secrets

/// The file root.key, as a rotation changes it. The current key is first, and the earlier keys follow.
struct RootKeyFile {
    private let directory: DataDirectory
    private(set) var secrets: [SecretBytes]
    private(set) var keys: RootKeys

    init(_ directory: DataDirectory) throws {
        self.directory = directory
        secrets = try directory.rootSecrets()
        keys = RootKeys(try secrets.map { try RootKey($0) })
    }

    /// Adds a new key before all others. The file is on disk when this function returns.
    ///
    /// - Throws: `StartError`, also if the keys come as a credential.
    mutating func addKey() throws {
        try replace(by: [.random(count: 32)] + secrets)
    }

    /// Removes all keys except the current one.
    ///
    /// - Returns: The number of keys that were removed.
    mutating func removeEarlierKeys() throws -> Int {
        let count = secrets.count - 1
        if count > 0 { try replace(by: [secrets[0]]) }
        return count
    }

    private mutating func replace(by new: [SecretBytes]) throws {
        try directory.requireFile("root.key")
        try DurableFile.replace(directory.file("root.key"), DurableFile.lines(new), for: .owner)
        secrets = new
        keys = RootKeys(try new.map { try RootKey($0) })
    }
}
