import ArgumentParser
import Input

/// The options of both daemons for their process and its settings.
package struct ProcessOptions: ParsableArguments, Sendable {
    @Option(help: ArgumentHelp("The user to run as, if started as root.", valueName: "name"))
    package var user: String?

    @Option(
        help: ArgumentHelp("A file of settings, with one key = value on each line.", valueName: "file"),
        completion: .file())
    package var config: String?

    @Flag(help: "Check the settings and the files that they name, change nothing, and exit: 0 if all is well, or 78.")
    package var checkConfig = false

    package init() {}

    /// The names of these options in the settings.
    package static let names = ["user", "config"]

    /// Makes the process run as the user that the options name, for good. It must be called before any file is
    /// opened, port bound or thread started.
    ///
    /// - Throws: `StartError` if that user does not exist, or if the process runs neither as root nor as that user.
    package func dropPrivileges() throws(StartError) {
        if let user { try ProcessUser(named: user).become() }
    }
}
