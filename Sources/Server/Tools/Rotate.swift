import ArgumentParser
import Daemon
import Input
import Signing

/// The command `claverod rotate DIR`, which makes a new key that signs tokens. Tokens of the previous key stay valid.
struct Rotate: OwnerCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate",
        abstract: "Create a new key that signs tokens. Tokens of the previous key stay valid."
    )

    @Flag(help: "Instead, remove all public keys except the current one. Tokens of the removed keys become invalid.")
    var withdraw = false

    @Argument(help: "The data directory.")
    var directory: String

    func becomeOwner() throws(StartError) {
        try DataDirectory(path: directory).becomeOwner(of: "token.key", "token.pub")
    }

    func run() async throws {
        let data = DataDirectory(path: directory)
        let lock = try SiteLock(on: data)
        defer { withExtendedLifetime(lock) {} }
        let rotation = try TokenKeyRotation(data)
        if withdraw { try drop(rotation) } else { try add(rotation) }
    }

    private func add(_ rotation: TokenKeyRotation) throws {
        let new = try rotation.rotate()
        print(
            """
            token.key has a new key, \(new.id); token.pub has it and the previous one, \(rotation.current.id)
            Next: copy token.pub to the other machines of the site, then token.key to those with an auth server; then \
            send SIGHUP to the auth servers, or restart them. Until then they sign with the previous key.
            When the last token of the previous key has expired (--token-lifetime), or at once if that key was stolen, \
            run: claverod rotate --withdraw
            """)
    }

    private func drop(_ rotation: TokenKeyRotation) throws {
        let dropped = try rotation.withdraw()
        guard !dropped.isEmpty else { return print("token.pub contains only the current key; nothing was changed") }
        print(
            """
            token.pub contains only the current key, \(rotation.current.id); removed: \
            \(dropped.map(\.id).joined(separator: ", "))
            Next: copy token.pub to the other machines of the site, and send SIGHUP to all servers, or restart them. \
            The tokens of the removed keys become invalid then.
            """)
    }
}
