import ArgumentParser
import Daemon
import Foundation
import Link
import Store

/// The command `claverod rewrap DIR`, which makes a new root key while the servers run. If it is interrupted and
/// started again, it continues.
struct Rewrap: AsyncParsableCommand, Sendable {
    static let configuration = CommandConfiguration(
        commandName: "claverod rewrap",
        abstract: "Make a new root key and wrap all keys under it, while the servers run.",
        discussion: "If it is ended before it is done, start it again: it goes on where it was.")

    @Flag(help: "Instead, remove from root.key the earlier keys, under which nothing is wrapped any more.")
    var retire = false

    @Option(help: "Keys that are wrapped anew in one transaction.")
    var batch = 500

    @OptionGroup var database: DatabaseOptions

    @Argument(help: "The data directory.")
    var directory: String

    func validate() throws {
        guard 1...10_000 ~= batch else { throw ValidationError("--batch must be from 1 to 10000") }
    }

    func run() async throws {
        let data = try DataDirectory(path: directory, database: database.address)
        try data.requireOwner(of: "root.key", data.databaseFile)
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
        case .new: print("root.key has a new key, \(rotation.id), with the earlier one behind it")
        case .resumed: print("the rotation to root key \(rotation.id), begun earlier, goes on")
        }
        var progress = Progress(total: try await rotation.remaining(), of: "keys")
        let outcome = try await rotation.rewrap(batch: batch) { progress.advance(by: $0) }
        progress.end()
        for key in outcome.damaged.sorted() {
            StandardStreams.write("claverod: \(key): cannot be unwrapped, left as it is\n")
        }
        print("keys wrapped under root key \(rotation.id): \(outcome.count)")
        guard outcome.damaged.isEmpty else {
            print(
                "keys that could not be: \(outcome.damaged.count); the earlier root key is needed as long as they are there"
            )
            return false
        }
        print("The earlier key is still in root.key, since backups made before need it; --retire removes it.")
        return true
    }
}
