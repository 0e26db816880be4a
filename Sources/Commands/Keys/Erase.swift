import Store
import Wire

/// The ERASE command, which erases retired versions of a key.
struct Erase: KeysCommand {
    private static let again = Parameter("version-again", type: .secret, or: .otherVersion) { UInt32($0) }

    static let spec = CommandSpec(
        "ERASE", [Parameter.purpose.spec, Parameter.version.spec, again.spec], access: .user, isRepeatable: false,
        failures: [.noKeyForPurpose, .liveVersion, .nothingToErase], needsRecentLogIn: true, yieldsCredential: false,
        summary: "Erase the retired versions of a key below one, for good",
        help: """
            All versions below the given one must be retired. Messages that are sealed to them alone can never be read \
            again, here or from a later backup of the database, and their signatures can no longer be verified. The \
            server asks for the version a second time. The answer says when one of the versions was last used. The \
            session must have logged in by password or key within the last 10 minutes.
            """)

    let keys: KeysPlugin

    func run(_ call: Call) async throws -> Answer {
        let (purpose, version) = (try call.value(.purpose), try call.value(.version))
        guard try call.value(Self.again) == version else { throw Failure.otherVersion }
        let outcome = try await keys.store.eraseKeys(
            below: version, purpose, of: try await call.user().description)
        switch outcome {
        case .erased(let erased, let extent): return Answer(.done(Self.text(erased, extent)))
        case .noKey: throw Failure.noKeyForPurpose
        case .live: throw Failure.liveVersion
        case .nothing: throw Failure.nothingToErase
        }
    }

    private static func text(_ erased: [KeyVersion], _ extent: Forgetting) -> String {
        let (first, last) = (erased[0], erased[erased.count - 1])
        let names =
            erased.count == 1
            ? "\(first.name) is erased"
            : "\(first.purpose.rawValue) keys \(first.version) to \(last.version) are erased"
        let text = "\(names); \(KeyVersion.lastUse(of: erased))"
        return switch extent {
        case .erased, .noSuchAccount: text
        case .leftInLog: "\(text); the database's log keeps them until other programs stop reading it"
        case .leftToServer: "\(text); PostgreSQL keeps them until it vacuums"
        }
    }
}

extension Failure {
    fileprivate static let otherVersion = Failure(501, "5.5.4", "The second version is different; nothing was erased")
    fileprivate static let liveVersion = Failure(550, "5.7.1", "A version below this one is live; RETIRE it first")
    fileprivate static let nothingToErase = Failure(550, "5.7.1", "No version is below this one; KEYS shows them")
}
