import ArgumentParser
import Foundation
import Input

/// The settings of a daemon at one time, from its command line, its environment and its configuration file.
package struct ParsedSettings<Command: Sendable>: Sendable {
    package let command: Command
    /// The settings that the command line does not have.
    let added: [SettingsSources.Added]

    init(_ command: Command, _ added: [SettingsSources.Added]) {
        (self.command, self.added) = (command, added)
    }

    /// Returns the names of the settings whose values differ from those of `other`, in sorted order.
    package func differences(from other: ParsedSettings) -> [String] {
        let (own, others) = (values, other.values)
        return Set(own.keys).union(others.keys).filter { own[$0] != others[$0] }.sorted()
    }

    private var values: [String: [String]] {
        Dictionary(grouping: added, by: \.name).mapValues { $0.map(\.value) }
    }
}

extension Daemon {
    /// Reads the settings, then the command line of the program. A subcommand that reads no settings does not read the
    /// configuration file. `--help` and `--version` are answered before any setting is read.
    ///
    /// - Throws: `SettingsError` for a setting that is wrong; for anything else, the error of the command line's
    ///   parser.
    static func read<Program: DaemonProgram>(
        _ program: Program.Type, _ commandLine: [String]
    ) throws -> (command: any ParsableCommand, added: [SettingsSources.Added]) {
        if let reason = program.refusal(of: commandLine) { throw SettingsError(reason, .usage) }
        if let help = try answer(program, commandLine) { return (help, []) }
        let reads = program.words(commandLine, adding: []) != nil
        let environment = ProcessInfo.processInfo.environment
        let added = reads ? try program.settings.added(to: commandLine, environment: environment) : []
        let faults = SettingsFaults(program, added, commandLine)
        do {
            return (try faults.command(), added)
        } catch {
            throw faults.first ?? error
        }
    }

    /// Returns the command that answers `--help` or `help`; nil if the command line does not ask for it.
    ///
    /// - Throws: The answer to `--version` and similar requests.
    static func answer<Program: DaemonProgram>(
        _ program: Program.Type, _ commandLine: [String]
    ) throws -> (any ParsableCommand)? {
        do {
            let command = try program.parseAsRoot(commandLine)
            // The parser does not throw its command for help, whose type is not public, but returns it.
            return type(of: command)._commandName == "help" ? command : nil
        } catch  where program.exitCode(for: error) == .success {
            throw error
        } catch {
            // Without its settings a daemon may lack an option that it requires, so this error decides nothing.
            return nil
        }
    }

    /// Reads the settings, then the command line, for the command that runs the daemon.
    ///
    /// - Throws: `SettingsError` for a setting that is wrong; for anything else, the error of the command line's
    ///   parser.
    package static func readService<Program: DaemonProgram>(
        _ program: Program.Type, _ commandLine: [String]
    ) throws -> ParsedSettings<Program.Service> {
        let (command, added) = try read(program, commandLine)
        guard let service = command as? Program.Service else {
            throw SettingsError("these options do not run a daemon", .usage)
        }
        return ParsedSettings(service, added)
    }

    /// Returns the reason why the settings or the command line could not be read, in one line.
    package static func reason<Program: ParsableCommand>(_ error: any Error, reading program: Program.Type) -> String {
        switch error {
        case let error as SettingsError: error.description
        case let error as StartError: error.description
        default: program.message(for: error)
        }
    }
}
