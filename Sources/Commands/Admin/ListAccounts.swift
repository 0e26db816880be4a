import Foundation
import Store
import Wire

/// The ACCOUNTS command, which lists the accounts page by page.
struct ListAccounts: AdminCommand {
    private static let after = Parameter.name("name", key: "AFTER")
    private static let page = 100

    static let spec = CommandSpec(
        "ACCOUNTS", [after.optional], access: .operator, isRepeatable: true,
        isReading: true,
        summary: "List the accounts",
        help: """
            Each line has a name, a state (active, disabled or forgotten), and the time of the sign-up. There are at \
            most 100 accounts; if more exist, the last line has the command that continues the list.
            """)

    let admin: AdminPlugin

    func run(_ call: Call) async throws -> Answer {
        let after = try call.optional(Self.after)?.description
        let accounts = try await admin.store.accounts(after: after, limit: Self.page + 1)
        var lines = accounts.prefix(Self.page).map { account in
            let created = Date(timeIntervalSince1970: TimeInterval(account.created)).formatted(.iso8601)
            return "\(account.name) \(account.state.rawValue) \(created)"
        }
        if accounts.count > Self.page {
            lines.append("ACCOUNTS AFTER=\(accounts[Self.page - 1].name) continues the list")
        } else {
            lines.append("No more accounts")
        }
        return Answer(.done(lines))
    }
}
