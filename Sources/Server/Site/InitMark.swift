import Daemon
import Foundation
import Input
import Secrets

/// A file that `claverod init` makes in a data directory before anything else, and removes at its end. If it is there,
/// the command was interrupted. Until the command has run again, no server starts, so no key of an incomplete site is
/// ever used.
struct InitMark {
    /// The ways to run the command. Each is written as the operator types it.
    enum Command: String {
        case create = "claverod init"
        case upgrade = "claverod init --upgrade"
    }

    let path: String

    init(in directory: DataDirectory) { path = directory.file("init.unfinished") }

    /// Returns the names of the files that an interrupted run of the command was making; nil if none was interrupted.
    ///
    /// - Throws: `StartError` if the other command was interrupted.
    func names(leftBy command: Command) throws(StartError) -> [String]? {
        guard let lines else { return nil }
        guard lines.first == command.rawValue else { throw interrupted }
        return Array(lines.dropFirst())
    }

    /// Checks that no run of the command was interrupted.
    func requireNone() throws(StartError) {
        if lines != nil { throw interrupted }
    }

    /// Notes that the command begins to make files with these names.
    func write(_ command: Command, _ names: [String]) throws(StartError) {
        let text = ([command.rawValue] + names).map { "\($0)\n" }.joined()
        try DurableFile.replace(path, SecretBytes(text), for: .anybody)
    }

    func remove() throws(StartError) { try DurableFile.remove(path) }

    /// The lines of the file; nil if it does not exist.
    private var lines: [String]? {
        guard access(path, F_OK) == 0 else { return nil }
        let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
        return text.split(separator: "\n").map(String.init)
    }

    private var interrupted: StartError {
        let command = lines?.first.flatMap(Command.init) ?? .create
        return StartError("\(path): \(command.rawValue) was interrupted; run it again")
    }
}
