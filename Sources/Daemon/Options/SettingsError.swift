import Input

/// The reason why the settings cannot be used. The description is one line for a person.
package struct SettingsError: Error, Equatable, CustomStringConvertible {
    package let description: String
    /// The exit status of a daemon that cannot start for this reason.
    package let status: ExitStatus

    package init(_ description: String, _ status: ExitStatus = .configuration) {
        self.description = description
        self.status = status
    }
}
