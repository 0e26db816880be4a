import ArgumentParser
import Foundation
import Input

/// The settings of a daemon at one time, from its command line, its environment and its configuration file.
package struct ParsedSettings<Command: ParsableCommand & Sendable>: Sendable {
    package let command: Command
    /// The values of the settings that the command line does not have, by name.
    private let values: [String: [String]]

    fileprivate init(_ command: Command, _ added: [SettingsSources.Added]) {
        self.command = command
        values = Dictionary(grouping: added, by: \.name).mapValues { $0.map(\.value) }
    }

    /// Returns the names of the settings whose values differ from those of `other`, in sorted order.
    package func differences(from other: ParsedSettings) -> [String] {
        Set(values.keys).union(other.values.keys).filter { values[$0] != other.values[$0] }.sorted()
    }
}

extension Daemon {
    /// Reads the settings, then the command line.
    ///
    /// - Throws: `SettingsError` for a setting that is wrong; for anything else, the error of the command line's
    ///   parser.
    package static func read<Command: ParsableCommand & Sendable>(
        _ command: Command.Type, _ commandLine: [String], settings: SettingsSources?
    ) throws -> ParsedSettings<Command> {
        let environment = ProcessInfo.processInfo.environment
        let added = try settings?.added(to: commandLine, environment: environment) ?? []
        return ParsedSettings(try parse(command, added, commandLine), added)
    }

    /// Returns the reason why the settings or the command line could not be read, in one line.
    package static func reason<Command: ParsableCommand>(_ error: any Error, reading command: Command.Type) -> String {
        switch error {
        case let error as SettingsError: error.description
        case let error as StartError: error.description
        default: command.message(for: error)
        }
    }

    /// Parses the settings and the command line. The error for a wrong setting names its origin.
    private static func parse<Command: ParsableCommand>(
        _ command: Command.Type, _ added: [SettingsSources.Added], _ commandLine: [String]
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
            guard let (culprit, reason) = SettingsSources.culprit(among: added, commandLine, complaint: complaint)
            else {
                throw error
            }
            throw SettingsError("\(culprit.origin): \(reason)")
        }
    }
}
