import Store
import Wire

/// The FORGET command, which erases an account's keys.
struct Forget: AdminCommand {
    private static let name = Parameter.name("name")
    private static let again = Parameter("name-again", type: .secret, or: .otherName) { AccountName($0) }

    static let spec = CommandSpec(
        "FORGET", [name.spec, again.spec], access: .operator, isRepeatable: false,
        failures: [.noSuchAccount],
        summary: "Erase an account's keys, for good",
        help: """
            Messages that are sealed to it alone can never be read again, here or from a later backup of the database. \
            Its signatures can no longer be checked, and nobody can sign up with its name. The server asks for the \
            name a second time.
            """)

    let admin: AdminPlugin

    func run(_ call: Call) async throws -> Answer {
        let name = try call.value(Self.name)
        guard try call.value(Self.again) == name else { throw Failure.otherName }
        switch try await admin.store.forget(name.description) {
        case .noSuchAccount: throw Failure.noSuchAccount
        case .erased: return Answer(.done("\(name) is forgotten"))
        case .leftInLog:
            return Answer(
                .done("\(name) is forgotten; the database's log keeps the keys until other programs stop reading it"))
        case .leftToServer:
            return Answer(.done("\(name) is forgotten; PostgreSQL keeps the keys until it vacuums"))
        }
    }
}
