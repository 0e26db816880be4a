import Store
import Wire

/// The ROTATE command, which gives the user a new version of a key.
struct Rotate: KeysCommand {
    static let spec = CommandSpec(
        "ROTATE", [Parameter.purpose.optional], access: .user, isRepeatable: false,
        failures: [.tooManyLiveVersions, .tooManyVersions], yieldsCredential: false,
        summary: "Make a new version of your keys",
        help: """
            The new version encrypts, signs or makes MACs from now on. Earlier versions still decrypt and verify, until \
            RETIRE. Without a purpose, every key that you have gets a new version. The answer has the new versions, \
            one on each line. A key has at most 64 live versions, and at most 1024 with the retired ones.
            """)

    let keys: KeysPlugin

    func run(_ call: Call) async throws -> Answer {
        let purpose = try call.optional(.purpose)
        var bounds = keys.policy.keyBounds
        bounds.keeping = nil
        let addition = try await keys.maker.add(
            purpose.map { [$0] }, to: try await call.user(), bounds: bounds)
        switch addition {
        case .added(let added):
            guard !added.isEmpty else { return Answer(.done("No keys")) }
            return Answer(.done(added.map { "\($0.purpose.rawValue) key \($0.version)" }))
        case .tooManyLive: throw Failure.tooManyLiveVersions
        case .tooManyKept: throw Failure.tooManyVersions
        // The account was forgotten a moment ago.
        case .noSuchAccount, .changed: throw Failure.logInEnded
        }
    }
}

extension Failure {
    fileprivate static let tooManyLiveVersions = Failure(
        550, "5.3.4", "The key has too many live versions for one more; RETIRE some first")
    fileprivate static let tooManyVersions = Failure(
        550, "5.3.4", "The key has too many versions for one more; ERASE some first")
}
