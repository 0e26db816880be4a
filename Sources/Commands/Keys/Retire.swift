import Store
import Wire

/// The RETIRE command, which ends the use of a key's older versions until it is revoked.
struct Retire: KeysCommand {
    static let spec = CommandSpec(
        "RETIRE", [Parameter.purpose.spec, Parameter.version.spec], access: .user, isRepeatable: false,
        failures: [.noKeyForPurpose, .newestVersion, .erasedVersion, .tooManyRevived], yieldsCredential: false,
        summary: "Retire the versions of a key below one",
        help: """
            Versions below the given one no longer decrypt or verify anything. All versions from it on do: RETIRE with \
            a lower version makes retired ones live again. The answer names the versions that changed, one on each \
            line, and says when a retired one was last used. The newest version cannot be retired.
            """)

    let keys: KeysPlugin

    func run(_ call: Call) async throws -> Answer {
        let (purpose, version) = (try call.value(.purpose), try call.value(.version))
        let outcome = try await keys.store.retireKeys(
            below: version, purpose, of: try await call.user().description, bounds: keys.policy.keyBounds)
        switch outcome {
        case .changed(let changed):
            return Answer(.done(changed.isEmpty ? ["No version changed"] : changed.map(Self.line)))
        case .noKey: throw Failure.noKeyForPurpose
        case .aboveNewest: throw Failure.newestVersion
        case .erased: throw Failure.erasedVersion
        case .tooManyLive: throw Failure.tooManyRevived
        }
    }

    private static func line(_ version: KeyVersion) -> String {
        switch version.state {
        case .live: "\(version.name) is live again"
        case .retired: "\(version.name) is retired; \(KeyVersion.lastUse(of: [version]))"
        }
    }
}

extension Failure {
    fileprivate static let newestVersion = Failure(
        550, "5.7.1", "The newest version cannot be retired; ROTATE makes a newer one")
    fileprivate static let erasedVersion = Failure(550, "5.7.1", "The version was erased; KEYS shows those that exist")
    fileprivate static let tooManyRevived = Failure(
        550, "5.3.4", "Too many versions would be live; give a higher version")
}
