import Foundation
import TestKit

/// A program that is killed and started again, always by the same words.
final class Daemon: @unchecked Sendable {
    private(set) var program: Program
    private let words: [String]
    /// In the line of the log that says that it works.
    private let sign: String

    /// Starts it, on the machine.
    init(_ command: [String], on machine: Machine, sign: String) async throws {
        words = machine.words(command)
        self.sign = sign
        program = try Program(words[0], Array(words.dropFirst()))
        try await waitUntilStarted()
    }

    /// One of Clavero's.
    convenience init(_ name: String, _ arguments: [String], on machine: Machine) async throws {
        let path = Repository.programs.appending(path: name).path
        try await self.init([path] + arguments, on: machine, sign: #""message":"listening""#)
    }

    func start() async throws {
        program = try Program(words[0], Array(words.dropFirst()))
        try await waitUntilStarted()
    }

    private func waitUntilStarted() async throws {
        _ = try await program.line { [sign] in $0.contains(sign) }
    }

    func signal(_ number: Int32) { program.signal(number) }

    /// Ends it by the signal, if it has not ended.
    func end(_ number: Int32 = SIGKILL) async throws {
        program.signal(number)
        _ = try await program.status()
    }
}
