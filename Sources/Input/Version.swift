import CVersion

/// The version of the programs.
package enum Version {
    package static let number = "0.1.0"

    /// The commit from which the program was built, such as `a1b2c3d4e5f6`, or `unknown commit`. A `+` at its end means
    /// that files were changed after it.
    package static var commit: String { String(cString: version_commit()) }

    /// The version and the commit, such as `0.1.0 (a1b2c3d4e5f6)`.
    package static var text: String { "\(number) (\(commit))" }
}
