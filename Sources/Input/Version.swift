import CVersion

/// The version of the programs.
package enum Version {
    /// The version and the commit, such as `0.1.0 (a1b2c3d4e5f6)`. A `+` after the commit means that files were changed
    /// after it.
    package static var text: String { "0.1.0 (\(String(cString: version_commit())))" }
}
