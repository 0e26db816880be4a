import Foundation
import TestKit

/// A program that is killed and started again, always with the same arguments.
final class Daemon: @unchecked Sendable {
    private(set) var program: Program
    private let words: [String]
    /// The text in the line of the log that says that the program is ready.
    private let sign: String
    private let started: @Sendable (pid_t) throws -> Void

    /// Starts the program on a machine. `started` is called with its process id, at each start.
    init(
        _ command: [String], on machine: Machine, sign: String, started: @escaping @Sendable (pid_t) throws -> Void
    ) async throws {
        words = machine.words(command)
        (self.sign, self.started) = (sign, started)
        program = try Program(words[0], Array(words.dropFirst()))
        try await waitUntilStarted()
    }

    /// Starts one of Clavero's programs.
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

    /// Closes the pipe from which its log is read. Then it makes the program write to the pipe: at SIGHUP the program
    /// logs that it has read its settings again.
    func loseLog() {
        program.closeLog()
        for _ in 0..<3 { signal(SIGHUP) }
    }

    /// Makes the disk full for this program alone, or ends that. While the disk is full, its files take no more
    /// bytes.
    func fillDisk(_ isFull: Bool) async throws {
        try await Machine.this.run(FileSizeLimit.words(isFull, for: program.pid))
    }

    func signal(_ number: Int32) { program.signal(number) }

    /// Sends the signal, if the program is running, and waits until the program has ended.
    func end(_ number: Int32 = SIGKILL) async throws {
        program.signal(number)
        _ = try await program.status()
    }
}

/// A substitute for a full disk: a limit on the size of files, which the owner of a program may set.
enum FileSizeLimit {
    /// Returns the command that sets the limit of a running program, or removes it.
    static func words(_ isFull: Bool, for pid: pid_t) -> [String] {
        ["/usr/bin/prlimit", "--pid", "\(pid)", "--fsize=\(isFull ? "1" : "unlimited"):"]
    }
}
