import Foundation

/// A key pair of ssh-keygen, in a folder that exists as long as this object.
final class SSHKeygen {
    private let folder: URL
    private var key: String { folder.appending(path: "key").path() }

    init(_ kind: String = "ed25519", comment: String = "") throws {
        folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        _ = try run("ssh-keygen", ["-q", "-t", kind, "-N", "", "-C", comment, "-f", key])
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    /// The line of the public key, without its line end.
    var publicLine: String {
        get throws { try String(contentsOfFile: key + ".pub", encoding: .utf8).trimmingCharacters(in: .newlines) }
    }

    /// The output of `ssh-keygen -l`.
    var listing: String {
        get throws { try run("ssh-keygen", ["-l", "-f", key + ".pub"]) }
    }

    /// Returns the armored signature that `ssh-keygen -Y sign` makes.
    func sign(_ message: [UInt8], namespace: String, options: [String] = []) throws -> String {
        let file = folder.appending(path: UUID().uuidString)
        try Data(message).write(to: file)
        _ = try run("ssh-keygen", ["-q", "-Y", "sign", "-n", namespace, "-f", key] + options + [file.path()])
        return try String(contentsOfFile: file.path() + ".sig", encoding: .utf8)
    }
}
