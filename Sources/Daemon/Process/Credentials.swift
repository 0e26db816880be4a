import Foundation

/// The credentials that systemd gave the service (systemd.exec(5), `LoadCredential=`), each a file in a directory that
/// is for the service alone.
package struct Credentials: Sendable {
    private let directory: String?

    /// What `$CREDENTIALS_DIRECTORY` names, if it is set.
    package init(environment: [String: String] = ProcessInfo.processInfo.environment) {
        directory = environment["CREDENTIALS_DIRECTORY"].flatMap { $0.hasPrefix("/") ? $0 : nil }
    }

    /// Whether the path is that of one.
    func contain(_ path: String) -> Bool { directory.map { path.hasPrefix("\($0)/") } ?? false }

    /// The file of that name; nil if there is none. One that cannot be reached is not taken for one that is not there.
    package func path(of name: String) -> String? {
        guard let directory else { return nil }
        let path = "\(directory)/\(name)"
        return access(path, F_OK) == 0 || errno != ENOENT ? path : nil
    }
}
