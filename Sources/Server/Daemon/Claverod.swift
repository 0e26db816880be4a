import ArgumentParser
import Daemon
import Foundation
import Input
import Link
import Seal

/// claverod(8): the server daemon, and the commands by which a site is made and looked after.
///
/// A program of your own is the same daemon with plugins of your own beside those that are built in:
///
/// ```swift
/// import Server
///
/// Claverod.main(adding: [PluginKind("tally") { context in [Tally(in: context.directory)] }])
/// ```
///
/// It is started as claverod is: `--plugins tally` serves it, `--plugins keys,tally` beside the keys.
public enum Claverod {
    private typealias Command = any (AsyncParsableCommand & Sendable).Type

    /// What the first words may be; anything else is the daemon's own options.
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

    static let daemonSettings = Settings(names: Serve.settings, repeatable: PluginOptions.repeatable)

    /// Runs the program, and does not return.
    ///
    /// - Parameter kinds: plugins that `--plugins` may name, beside `keys` and `auth`.
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
        // A check has the settings of the daemon that it asks; the other commands have none.
        Daemon.main(command, program: "claverod", words, settings: command is Check.Type ? daemonSettings : nil)
    }

    /// `claverod help`, and `claverod help COMMAND`.
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
