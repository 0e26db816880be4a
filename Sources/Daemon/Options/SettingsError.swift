import Glibc

/// The reason why the settings cannot be used. The description is one line for a person.
package struct SettingsError: Error, Equatable, CustomStringConvertible {
    package let description: String
    /// The exit status of a daemon that cannot start for this reason.
    package let status: Int32

    package init(_ description: String, status: Int32 = EX_CONFIG) {
        self.description = description
        self.status = status
    }
}
