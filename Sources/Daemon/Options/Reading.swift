import ArgumentParser
import Foundation
import Input

/// What a daemon is told by its command line, its environment and its configuration file, as they were at one time.
package struct Reading<Command: ParsableCommand & Sendable>: Sendable {
    package let command: Command
    /// What the command line leaves open, by name.
    private let values: [String: [String]]

    fileprivate init(_ command: Command, _ added: [Settings.Added]) {
        self.command = command
        values = Dictionary(grouping: added, by: \.name).mapValues { $0.map(\.value) }
    }

    /// The settings that are not what they are in the other, by name.
    package func differences(from other: Reading) -> [String] {
        Set(values.keys).union(other.values.keys).filter { values[$0] != other.values[$0] }.sorted()
    }
}

extension Daemon {
    /// Reads the settings, then the command line.
    ///
    /// - Throws: `SettingsError` for a setting that is wrong; what the parser of the command line throws for the rest.
    package static func read<Command: ParsableCommand & Sendable>(
        _ command: Command.Type, _ commandLine: [String], settings: Settings?
    ) throws -> Reading<Command> {
        let environment = ProcessInfo.processInfo.environment
        let added = try settings?.added(to: commandLine, environment: environment) ?? []
        return Reading(try parse(command, added, commandLine), added)
    }

    /// Why it could not be read, in one line.
    package static func reason<Command: ParsableCommand>(_ error: any Error, reading command: Command.Type) -> String {
        switch error {
        case let error as SettingsError: error.description
        case let error as StartError: error.description
        default: command.message(for: error)
        }
    }

    /// A setting that is wrong is named by where it stands.
    private static func parse<Command: ParsableCommand>(
        _ command: Command.Type, _ added: [Settings.Added], _ commandLine: [String]
    ) throws -> Command {
        do {
            return try Command.parse(added.map(\.argument) + commandLine)
        } catch {
            guard Command.exitCode(for: error) == .validationFailure else { throw error }
            let complaint = { (arguments: [String]) in
                do {
                    _ = try Command.parse(arguments)
                    return String?.none
                } catch {
                    return Command.message(for: error)
                }
            }
            guard let (culprit, reason) = Settings.culprit(among: added, commandLine, complaint: complaint) else {
                throw error
            }
            throw SettingsError("\(culprit.origin): \(reason)")
        }
    }
}
