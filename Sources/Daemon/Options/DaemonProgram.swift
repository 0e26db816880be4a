import ArgumentParser
import Input
import Link

/// The root command of a program whose default subcommand runs the daemon.
package protocol DaemonProgram: ParsableCommand, Sendable {
    /// The command that runs the daemon.
    associatedtype Service: ServiceCommand

    /// The settings of the daemon.
    static var settings: SettingsSources { get }

    /// The subcommands that read the daemon's settings.
    static var readers: [any ParsableCommand.Type] { get }
}

extension DaemonProgram {
    /// The name of the program, for messages.
    static var name: String { _commandName }

    /// Returns the words with the settings in front of the options of the subcommand that reads them; nil if that
    /// subcommand reads none.
    static func words(_ words: [String], adding added: [String]) -> [String]? {
        guard let first = words.first, !first.hasPrefix("-") else { return added + words }
        guard readers.contains(where: { $0._commandName == first }) else { return nil }
        return [first] + added + words.dropFirst()
    }

    /// Returns the reason why a word names no subcommand, and the subcommand that was probably meant; nil if the word
    /// names one.
    static func refusal(of words: [String]) -> String? {
        let asked = words.first == "help" ? words.dropFirst() : words[...]
        guard let word = asked.first, !word.hasPrefix("-") else { return nil }
        let names = configuration.subcommands.map { $0._commandName } + ["help"]
        guard !names.contains(word) else { return nil }
        let advice = NearestWord.of(word, in: names).map { "did you mean \($0)? " } ?? ""
        return "no such command: \(word.debugDescription); \(advice)\(name) help lists the commands"
    }
}

/// A command whose process continues as a daemon, or must run as the daemon's user.
package protocol DaemonCommand: AsyncParsableCommand, Sendable {
    var process: ProcessOptions { get }
}

/// A command that runs a daemon.
package protocol ServiceCommand: DaemonCommand {
    /// Looks for problems of the files and directories that the settings name. It changes nothing.
    func examine(_ examination: inout SettingsExamination)

    /// The addresses that the daemon listens on.
    var endpoints: [(setting: String, endpoint: Endpoint)] { get throws }
}
