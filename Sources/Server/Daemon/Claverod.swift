import ArgumentParser
import Daemon
import Foundation
import Input
import Link
import Seal

/// The program claverod(8): the server daemon, and the commands that make and maintain a site.
///
/// Your own program can be the same daemon with your own plugins beside the built-in ones:
///
/// ```swift
/// import Server
///
/// Claverod.main(adding: [PluginKind("tally") { context in [Tally(in: context.directory)] }])
/// ```
///
/// It is started like claverod. `--plugins tally` serves the plugin alone, and `--plugins keys,tally` serves it
/// beside the keys.
public enum Claverod {
    private typealias Command = any (AsyncParsableCommand & Sendable).Type

    /// The commands, by their first words. Other arguments are options of the daemon.
    private static let commands: [(words: [String], command: Command)] = [
        (["init"], Initialize.self),
        (["rewrap"], Rewrap.self),
        (["rotate"], Rotate.self),
        (["backup"], Backup.self),
        (["restore"], Restore.self),
        (["migrate"], Migrate.self),
        (["audit", "verify"], VerifyAudit.self),
        (["check"], Check.self),
    ]

    /// The arguments of this program.
    static var words: [String] { ProgramArguments.repaired }

    static let daemonSettings = SettingsSources(names: Serve.settings, repeatable: PluginOptions.repeatable)

    /// Runs the program, and does not return.
    ///
    /// - Parameter kinds: Plugins that `--plugins` may name, in addition to `keys` and `auth`.
    public static func main(adding kinds: [PluginKind] = []) -> Never {
        StandardStreams.reserve()
        OpenSSL.keepUntilExit()
        PluginKind.add(kinds)
        let words = Daemon.words(of: "claverod")
        if words.first == "help" { help(words.dropFirst()) }
        if let entry = commands.first(where: { words.starts(with: $0.words) }) {
            run(entry.command, Array(words.dropFirst(entry.words.count)))
        }
        if let word = words.first, !word.hasPrefix("-") { refuse(word) }
        Daemon.main(Serve.self, program: "claverod", words, settings: daemonSettings)
    }

    private static func run<Command: AsyncParsableCommand & Sendable>(
        _ command: Command.Type, _ words: [String]
    ) -> Never {
        // The check command reads the same settings as the daemon that it queries. The other commands read none.
        Daemon.main(command, program: "claverod", words, settings: command is Check.Type ? daemonSettings : nil)
    }

    /// Runs `claverod help`, or `claverod help COMMAND`.
    private static func help(_ words: ArraySlice<String>) -> Never {
        let command: Command = words.isEmpty ? Serve.self : named(words)
        print(command.helpMessage())
        Daemon.succeed("claverod")
    }

    private static func named(_ words: ArraySlice<String>) -> Command {
        if let entry = commands.first(where: { words.elementsEqual($0.words) }) { return entry.command }
        refuse(words.joined(separator: " "))
    }

    private static func refuse(_ word: String) -> Never {
        let reason = "no such command: \(word.debugDescription); claverod help lists them"
        StandardStreams.writeError("claverod: \(reason)")
        exit(EX_USAGE)
    }
}
