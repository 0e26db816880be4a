import ArgumentParser
import Input

/// What both daemons let an operator set of their process.
package struct ProcessOptions: ParsableArguments, Sendable {
    @Option(help: "The user to become, if started as root.")
    package var user: String?

    package init() {}

    /// The names of these options, for the settings.
    package static let names = ["user"]

    /// Becomes the user, for good. To be called before any file is opened, port bound or thread started.
    ///
    /// - Throws: `StartError` if there is no such user, or if the process is neither root's nor that user's.
    package func dropPrivileges() throws(StartError) {
        if let user { try ProcessUser(named: user).become() }
    }
}
