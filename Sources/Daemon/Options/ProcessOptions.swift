import ArgumentParser
import Input

/// The options of both daemons for their process.
package struct ProcessOptions: ParsableArguments, Sendable {
    @Option(help: "The user to run as, if started as root.")
    package var user: String?

    package init() {}

    /// The names of these options in the settings.
    package static let names = ["user"]

    /// Makes the process run as the user that the options name, for good. It must be called before any file is
    /// opened, port bound or thread started.
    ///
    /// - Throws: `StartError` if that user does not exist, or if the process runs neither as root nor as that user.
    package func dropPrivileges() throws(StartError) {
        if let user { try ProcessUser(named: user).become() }
    }
}
