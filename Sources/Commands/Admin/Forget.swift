import Foundation
import Store
import Wire

/// The FORGET command, which erases an account's keys, at once or on a later day.
struct Forget: AdminCommand {
    private static let after = Parameter.number("days", key: "AFTER", in: 1...365, or: .badDelay)
    private static let name = Parameter.name("name")
    private static let again = Parameter("name-again", type: .secret, or: .otherName) { AccountName($0) }

    static let spec = CommandSpec(
        "FORGET", [after.optional, name.spec, again.spec], access: .operator, isRepeatable: false,
        failures: [.noSuchAccount],
        summary: "Erase an account's keys, for good",
        help: """
            Messages that are sealed to it alone can never be read again, here or from a later backup of the database. \
            Its signatures can no longer be checked, and nobody can sign up with its name. The server asks for the \
            name a second time. With AFTER, the account is disabled at once, and is erased when the number of days has \
            passed. Until then, ENABLE cancels that.
            """)

    let admin: AdminPlugin

    func run(_ call: Call) async throws -> Answer {
        let name = try call.value(Self.name)
        guard try call.value(Self.again) == name else { throw Failure.otherName }
        if let days = try call.optional(Self.after) { return try await forget(name, after: days) }
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

    private func forget(_ name: AccountName, after days: Int) async throws -> Answer {
        let time = Int64(admin.now() + days * 86_400)
        guard try await admin.store.forgetLater(name.description, at: time) else { throw Failure.noSuchAccount }
        let date = Date(timeIntervalSince1970: TimeInterval(time)).formatted(.iso8601.year().month().day())
        return Answer(.done("\(name) will be forgotten on \(date); ENABLE \(name) cancels that"))
    }
}
