import ArgumentParser
import Daemon
import Foundation
import Input
import Link
import Store

/// The command `claverod rewrap DIR`, which makes a new root key while the servers run. If it is interrupted and
/// started again, it continues.
struct Rewrap: OwnerCommand {
    static let configuration = CommandConfiguration(
        commandName: "rewrap",
        abstract: "Create a new root key and wrap all keys under it, while the servers run.",
        discussion: "If the command is interrupted, run it again. It continues where it stopped.")

    @Flag(help: "Instead, remove the earlier keys from root.key. Earlier backups still need these keys.")
    var retire = false

    @Option(help: "Keys to wrap in one transaction.")
    var batch = 500

    @OptionGroup var database: DatabaseOptions

    @Argument(help: "The data directory.")
    var directory: String

    func validate() throws {
        guard 1...10_000 ~= batch else { throw ValidationError("--batch must be from 1 to 10000") }
    }

    func becomeOwner() throws(StartError) {
        let data = DataDirectory(path: directory)
        try data.becomeOwner(of: "root.key", data.databaseFile)
    }

    func run() async throws {
        let data = try DataDirectory(path: directory, database: database.address)
        let lock = try SiteLock(on: data)
        defer { withExtendedLifetime(lock) {} }
        let file = try RootKeyFile(data)
        let store = try data.store()
        let outcome = await changing(RootKeyRotation(data, file: file, store: store))
        // The store is closed even after a refusal, so that no log file of the database is left.
        try? await store.close()
        if try !outcome.get() { throw ExitCode.failure }
    }

    private func changing(_ rotation: RootKeyRotation) async -> Result<Bool, any Error> {
        var rotation = rotation
        do {
            return .success(retire ? try await retire(&rotation) : try await rewrap(&rotation))
        } catch {
            return .failure(error)
        }
    }

    private func retire(_ rotation: inout RootKeyRotation) async throws -> Bool {
        let count = try await rotation.retire()
        print("\(count) earlier root \(count == 1 ? "key was" : "keys were") removed from root.key")
        return true
    }

    /// Wraps all keys under the new root key.
    ///
    /// - Returns: false if some keys could not be unwrapped.
    private func rewrap(_ rotation: inout RootKeyRotation) async throws -> Bool {
        switch try await rotation.begin() {
        case .new: print("root.key has a new key, \(rotation.id), before the earlier one")
        case .resumed: print("continuing the earlier rotation to root key \(rotation.id)")
        }
        var progress = Progress(total: try await rotation.remaining(), of: "keys")
        let outcome = try await rotation.rewrap(batch: batch) { progress.advance(by: $0) }
        progress.end()
        for key in outcome.damaged.sorted() {
            StandardStreams.write("claverod: \(key): cannot be unwrapped, and was not changed\n")
        }
        print("keys wrapped under root key \(rotation.id): \(outcome.count)")
        guard outcome.damaged.isEmpty else {
            print(
                "keys that could not be wrapped: \(outcome.damaged.count); keep the earlier root key as long as they exist"
            )
            return false
        }
        print("The earlier key is still in root.key, because earlier backups need it. --retire removes it.")
        return true
    }
}
