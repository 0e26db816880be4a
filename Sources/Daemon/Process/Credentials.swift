import Foundation

/// The credentials that systemd gave the service (systemd.exec(5), `LoadCredential=`). Each is a file in a directory
/// that only the service can read.
package struct Credentials: Sendable {
    private let directory: String?
    /// Whether root only examines the files. Their owners do not matter then, because another user will read them.
    let areExamined: Bool

    /// Takes the directory that `$CREDENTIALS_DIRECTORY` names, if it is set to an absolute path.
    package init(
        environment: [String: String] = ProcessInfo.processInfo.environment, areExamined: Bool = false
    ) {
        self.areExamined = areExamined
        directory = environment["CREDENTIALS_DIRECTORY"].flatMap { $0.hasPrefix("/") ? $0 : nil }
    }

    /// Returns whether the path is that of a credential.
    func contain(_ path: String) -> Bool { directory.map { path.hasPrefix("\($0)/") } ?? false }

    /// Returns the path of the credential with that name; nil if it does not exist. A credential that exists but
    /// cannot be reached still gives its path.
    package func path(of name: String) -> String? {
        guard let directory else { return nil }
        let path = "\(directory)/\(name)"
        return access(path, F_OK) == 0 || errno != ENOENT ? path : nil
    }
}
