import Commands
import Foundation
import Synchronization
import Wire

/// The command TALLY. It counts how often each account issued it, and shows the account's own count and the sum of
/// all.
final class Tally: Command {
    private static let note = Parameter.bytes("note")

    private static let noteTooLong = Failure(552, "5.3.4", "A note has at most 80 bytes")

    static let spec = CommandSpec(
        "TALLY", [note.spec], access: .user, isRepeatable: false, failures: [noteTooLong],
        summary: "Be counted, with a note",
        help: "The answer says how often you were counted, and how many were in all.")

    private let file: URL
    private let counts: Mutex<[String: Int]>

    /// - Parameter directory: The directory of the file with the counts.
    init(in directory: String) throws {
        file = URL(filePath: directory).appending(path: "tally.json")
        let known = try? JSONDecoder().decode([String: Int].self, from: Data(contentsOf: file))
        counts = Mutex(known ?? [:])
    }

    func run(_ call: Call) async throws -> Answer {
        let user = try await call.user().description
        guard try call.value(Self.note).count <= 80 else { throw Self.noteTooLong }
        // The event loop of the request has other sessions to serve, so it must not wait for the disk.
        let (own, all) = try await Task.detached { try self.add(user) }.value
        return Answer(.done("\(own) of yours, \(all) in all"))
    }

    private func add(_ user: String) throws -> (own: Int, all: Int) {
        try counts.withLock { counts in
            var new = counts
            new[user, default: 0] += 1
            // A count that could not be stored does not count.
            try JSONEncoder().encode(new).write(to: file, options: .atomic)
            counts = new
            return (new[user]!, new.values.reduce(0, +))
        }
    }
}
