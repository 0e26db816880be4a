import Daemon
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
    /// The arguments of this program.
    static var words: [String] { ProgramArguments.repaired }

    /// Runs the program, and does not return.
    ///
    /// - Parameter kinds: Plugins that `--plugins` may name, in addition to `keys` and `auth`.
    public static func main(adding kinds: [PluginKind] = []) -> Never {
        StandardStreams.reserve()
        OpenSSL.keepUntilExit()
        PluginKind.add(kinds)
        Daemon.main(ServerProgram.self, Daemon.words(of: "claverod"))
    }
}
