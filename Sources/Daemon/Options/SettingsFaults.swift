import ArgumentParser
import Foundation

/// The complaints of the command line's parser about settings. Each names the origin of the setting. The parser itself
/// knows only the words that it was given.
struct SettingsFaults<Program: DaemonProgram> {
    private let added: [SettingsSources.Added]
    private let commandLine: [String]
    private let path: String?

    init(_ program: Program.Type, _ added: [SettingsSources.Added], _ commandLine: [String]) {
        (self.added, self.commandLine) = (added, commandLine)
        path = program.settings.path(commandLine, ProcessInfo.processInfo.environment)
    }

    /// The first complaint about a setting; nil if there is none.
    var first: SettingsError? {
        guard let reason = complaint(added) else { return nil }
        return culprit(among: added, reason).map { Self.error($0, reason) } ?? missing(reason)
    }

    /// Parses the command line with the settings.
    ///
    /// - Throws: The error of the parser.
    func command() throws -> any ParsableCommand { try parse(added) }

    /// Every complaint, and the command that the good settings make.
    struct Outcome {
        var problems: [any Error] = []
        /// The names of the required settings that examples replace, because they are missing or wrong.
        var replaced: Set<String> = []
        /// The command; nil if a problem of the command line itself prevents it.
        var command: (any ParsableCommand)?
    }

    /// Looks for every complaint. `broken` has the keys whose lines have already been reported.
    func all(broken: Set<String>) -> Outcome {
        var outcome = Outcome()
        var rest = added
        func replace(_ name: String) {
            let example = example(of: name, among: rest)
            rest += example
            outcome.replaced.formUnion(example.map(\.name))
        }
        for name in broken { replace(name) }
        while true {
            do {
                outcome.command = try parse(rest)
                return outcome
            } catch {
                let reason = Program.message(for: error)
                if let culprit = culprit(among: rest, reason) {
                    outcome.problems.append(Self.error(culprit, reason))
                    rest.removeAll { $0 == culprit }
                    replace(culprit.name)
                } else if let name = Self.missingName(reason), !example(of: name, among: rest).isEmpty {
                    outcome.problems.append(missing(reason) ?? error)
                    replace(name)
                } else {
                    outcome.problems.append(error)
                    return outcome
                }
            }
        }
    }

    private func parse(_ settings: [SettingsSources.Added]) throws -> any ParsableCommand {
        let arguments = settings.map(\.argument)
        let words = Program.words(commandLine, adding: arguments) ?? commandLine
        return try Program.parseAsRoot(words)
    }

    /// Returns the parser's complaint about the settings and the command line; nil if they are good.
    private func complaint(_ settings: [SettingsSources.Added]) -> String? {
        do {
            _ = try parse(settings)
            return nil
        } catch {
            return Program.exitCode(for: error) == .validationFailure ? Program.message(for: error) : nil
        }
    }

    /// Returns the setting that the complaint is about. Each setting is left out once, or replaced by an example if it is
    /// required: without the wrong one, the complaint changes or ends.
    private func culprit(among settings: [SettingsSources.Added], _ reason: String) -> SettingsSources.Added? {
        for (index, suspect) in settings.enumerated() {
            var others = settings
            others.remove(at: index)
            if complaint(others + example(of: suspect.name, among: others)) != reason { return suspect }
        }
        return nil
    }

    private func example(of name: String, among settings: [SettingsSources.Added]) -> [SettingsSources.Added] {
        guard let value = Program.settings.examples[name], !settings.contains(where: { $0.name == name }),
            SettingsSources.value(of: name, in: commandLine) == nil
        else { return [] }
        return [SettingsSources.Added(name: name, value: value, origin: "")]
    }

    /// Returns the error for a required setting that is in no source; nil if there is no configuration file that could
    /// have it.
    private func missing(_ reason: String) -> SettingsError? {
        guard let path, let name = Self.missingName(reason) else { return nil }
        let example = Program.settings.examples[name].map { ", such as \(name) = \($0)" } ?? ""
        return SettingsError("\(path): \(name) is missing; add a line\(example)")
    }

    private static func error(_ setting: SettingsSources.Added, _ reason: String) -> SettingsError {
        // The parser lists the values of an option on lines of their own.
        let line = reason.split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) }
        return SettingsError("\(setting.origin): \(line.joined(separator: " "))")
    }

    /// Returns the name of the option that the parser misses, if that is its complaint.
    private static func missingName(_ reason: String) -> String? {
        reason.firstMatch(of: /^(?:Missing expected argument '|at least one )--([a-z-]+)/).map { String($0.1) }
    }
}
