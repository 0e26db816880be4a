import Foundation
import TestKit

/// A key pair that ssh-keygen made.
final class SSHKey: Sendable {
    private let folder: TemporaryDirectory
    /// The line of the public key file.
    let line: String

    init(comment: String = "alice@laptop") async throws {
        folder = try TemporaryDirectory()
        let file = "\(folder.path)/key"
        try await Self.run(["-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", file])
        line = try String(contentsOfFile: file + ".pub", encoding: .utf8).trimmingCharacters(in: .newlines)
    }

    /// Returns the fingerprint as `ssh-keygen -l` shows it.
    func fingerprint() async throws -> String {
        String(try await Self.run(["-l", "-f", "\(folder.path)/key.pub"]).split(separator: " ")[1])
    }

    /// Returns the armoured signature that `ssh-keygen -Y sign` makes of the text.
    func sign(_ words: String, namespace: String = "clavero") async throws -> String {
        try await Self.run(["-q", "-Y", "sign", "-n", namespace, "-f", "\(folder.path)/key"], input: words)
    }

    @discardableResult
    private static func run(_ arguments: [String], input: String = "") async throws -> String {
        let result = try await Tool.run("/usr/bin/ssh-keygen", arguments, input: input)
        guard result.status == 0 else { throw Mismatch("ssh-keygen: \(result.errors)") }
        return result.output
    }
}
