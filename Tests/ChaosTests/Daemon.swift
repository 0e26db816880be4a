import Foundation
import TestKit

/// A program that is killed and started again, always by the same words.
final class Daemon: @unchecked Sendable {
    private(set) var program: Program
    private let words: [String]
    /// In the line of the log that says that it works.
    private let sign: String
    private let started: @Sendable (pid_t) throws -> Void

    /// Starts it, on the machine. `started` is told of its id, each time.
    init(
        _ command: [String], on machine: Machine, sign: String, started: @escaping @Sendable (pid_t) throws -> Void
    ) async throws {
        words = machine.words(command)
        (self.sign, self.started) = (sign, started)
        program = try Program(words[0], Array(words.dropFirst()))
        try await waitUntilStarted()
    }

    /// One of Clavero's.
    convenience init(
        _ name: String, _ arguments: [String], on machine: Machine,
        started: @escaping @Sendable (pid_t) throws -> Void
    ) async throws {
        let path = Repository.programs.appending(path: name).path
        try await self.init([path] + arguments, on: machine, sign: #""message":"listening""#, started: started)
    }

    func start() async throws {
        program = try Program(words[0], Array(words.dropFirst()))
        try await waitUntilStarted()
    }

    private func waitUntilStarted() async throws {
        try started(program.pid)
        _ = try await program.line { [sign] in $0.contains(sign) }
    }

    /// Closes the pipe from which its log is read, and has it write to that: it logs that it has read its settings again.
    func loseLog() {
        program.closeLog()
        for _ in 0..<3 { signal(SIGHUP) }
    }

    /// Makes the disk full for this program alone, or gives it room again: its files take no more octets.
    func fillDisk(_ isFull: Bool) async throws {
        try await Machine.this.run(FileSizeLimit.words(isFull, for: program.pid))
    }

    func signal(_ number: Int32) { program.signal(number) }

    /// Ends it by the signal, if it has not ended.
    func end(_ number: Int32 = SIGKILL) async throws {
        program.signal(number)
        _ = try await program.status()
    }
}

/// What stands for a full disk: a limit of the size of files, which a program's owner may set.
enum FileSizeLimit {
    /// Returns the command that sets the limit of a running program, or takes it away.
    static func words(_ isFull: Bool, for pid: pid_t) -> [String] {
        ["/usr/bin/prlimit", "--pid", "\(pid)", "--fsize=\(isFull ? "1" : "unlimited"):"]
    }
}
