import Foundation
import Glibc
import Input
import Link
import POSIX

/// The problems of the files that the settings name, with the place of each setting.
package struct SettingsExamination {
    /// Whether this is `--check-config`, which also reports what a daemon only warns of.
    package let isCheck: Bool
    private let added: [SettingsSources.Added]
    private let replaced: Set<String>
    private(set) var problems: [SettingsError] = []

    /// `replaced`: the names of the settings whose values are only examples, because their own are missing or wrong.
    init(of added: [SettingsSources.Added], replaced: Set<String> = [], isCheck: Bool) {
        (self.added, self.replaced, self.isCheck) = (added, replaced, isCheck)
    }

    /// Returns whether the value of a setting is its own. If it is only an example, nothing can be said about the
    /// files that it names.
    package func knows(_ name: String) -> Bool { !replaced.contains(name) }

    /// The credentials of the process. A check by root that names no user does not look at the owners of files, because
    /// only the service manager knows who will read them.
    package func credentials(user: String?) -> Credentials {
        Credentials(areExamined: isCheck && user == nil && geteuid() == 0)
    }

    /// Runs `body`, and notes the problem if it throws. The problem names the place of the setting that names the
    /// file, or of the first of the settings that is in a file or in the environment.
    package mutating func check(_ settings: String..., body: () throws -> Void) {
        do {
            try body()
        } catch {
            note("\(error)", of: settings)
        }
    }

    /// Notes a problem of these settings.
    package mutating func note(_ reason: String, of settings: [String], status: ExitStatus = .configuration) {
        let places = settings.compactMap { name in added.last { $0.name == name } }
        let place = places.first { reason.hasPrefix("\($0.value):") } ?? places.first
        problems.append(SettingsError((place.map { "\($0.origin): " } ?? "") + reason, status))
    }

    /// Notes each Unix socket that this process could not make. The admin socket is examined by itself.
    package mutating func requireSockets(_ endpoints: [(setting: String, endpoint: Endpoint)]) {
        for case (let setting, .unix(let path)) in endpoints where setting != "admin-socket" {
            check(setting) { try Self.requireWritable(file: path, kind: S_IFSOCK, named: "socket") }
        }
    }

    /// Notes each address that two settings name. Port 0 is another port each time, and * is every address.
    package mutating func requireDifferent(_ endpoints: [(setting: String, endpoint: Endpoint)]) {
        for (index, (setting, endpoint)) in endpoints.enumerated() {
            if case .tcp(_, 0) = endpoint { continue }
            guard let other = endpoints[..<index].first(where: { endpoint.collides(with: $0.endpoint) }) else {
                continue
            }
            note("\(endpoint): the address of both \(other.setting) and \(setting); change one", of: [setting])
        }
    }

    /// Checks that a directory exists. `hint` follows in the error.
    package static func requireDirectory(_ path: String, hint: String) throws(StartError) {
        var status = stat()
        guard stat(path, &status) == 0 else {
            guard errno == ENOENT else { throw StartError("\(path): \(SystemError.phrase())") }
            throw StartError("\(path): no such directory; \(hint)")
        }
        guard status.st_mode & S_IFMT == S_IFDIR else { throw StartError("\(path): not a directory; \(hint)") }
    }

    /// Checks that this process could make or write the file. It opens nothing.
    package static func requireWritable(file path: String, kind: mode_t, named name: String) throws(StartError) {
        let folder = URL(filePath: path).deletingLastPathComponent().path
        try requireDirectory(folder, hint: "make it, or name another \(name)")
        var status = stat()
        if stat(path, &status) == 0, status.st_mode & S_IFMT != kind {
            throw StartError("\(path): a file of that name exists and is not a \(name)")
        }
        for written in [folder] + (access(path, F_OK) == 0 ? [path] : []) where access(written, W_OK) != 0 {
            throw StartError("\(written): this user cannot write to it, as the \(name) needs; change its owner")
        }
    }
}

extension Endpoint {
    /// Whether one program cannot listen at both addresses.
    fileprivate func collides(with other: Endpoint) -> Bool {
        guard case .tcp(let host, let port) = self, case .tcp(let otherHost, let otherPort) = other else {
            return self == other
        }
        return port == otherPort && (host == otherHost || isEveryInterface || other.isEveryInterface)
    }
}
