import Store
import Wire

/// The KEYS command, which lists the versions of the user's keys.
struct ListVersions: KeysCommand {
    static let spec = CommandSpec(
        "KEYS", access: .user, isRepeatable: true, isReading: true, yieldsCredential: false,
        summary: "List the versions of your keys",
        help: """
            Each line has, separated by spaces: the purpose, the version, live or retired, the time when the version \
            was made, the time of its last use or a hyphen, and its uses in the last 30 days. Times are in UTC. The \
            newest version of a purpose is the current one. Uses are counted within a minute, and those before a crash \
            may be missing: a version was used at least as often and as late as its line says.
            """)

    let keys: KeysPlugin

    func run(_ call: Call) async throws -> Answer {
        let name = try await call.user().description
        let versions = try await keys.store.keyVersions(of: name, at: Int64(keys.now()))
        guard !versions.isEmpty else { return Answer(.done("No keys")) }
        return Answer(.done(versions.map { Self.line($0) }))
    }

    private static func line(_ version: KeyVersion) -> String {
        let times = [KeyVersion.text(of: version.created), version.used.map { KeyVersion.text(of: $0) } ?? "-"]
        return ([version.purpose.rawValue, "\(version.version)", version.state.rawValue] + times + ["\(version.uses)"])
            .joined(separator: " ")
    }
}
