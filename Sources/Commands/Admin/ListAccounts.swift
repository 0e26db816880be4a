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
            On each line a name, active, disabled or forgotten, and when it signed up. There are at most 100; if \
            there are more, the last line says how to go on.
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
            lines.append("ACCOUNTS AFTER=\(accounts[Self.page - 1].name) goes on")
        } else {
            lines.append("No more accounts")
        }
        return Answer(.done(lines))
    }
}
