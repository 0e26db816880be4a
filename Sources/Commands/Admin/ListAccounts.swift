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
            Each line has a name, a state (active, disabled or forgotten), the time of the sign-up, and the time from \
            which the account is to be forgotten, if there is one. There are at \
            most 100 accounts; if more exist, the last line has the command that continues the list.
            """)

    let admin: AdminPlugin

    func run(_ call: Call) async throws -> Answer {
        let after = try call.optional(Self.after)?.description
        let accounts = try await admin.store.accounts(after: after, limit: Self.page + 1)
        var lines = accounts.prefix(Self.page).map { account in
            let end = account.forgetAt.map { " to be forgotten at \(Self.text($0))" } ?? ""
            return "\(account.name) \(account.state.rawValue) \(Self.text(account.created))\(end)"
        }
        if accounts.count > Self.page {
            lines.append("ACCOUNTS AFTER=\(accounts[Self.page - 1].name) continues the list")
        } else {
            lines.append("No more accounts")
        }
        return Answer(.done(lines))
    }

    private static func text(_ time: Int64) -> String {
        Date(timeIntervalSince1970: TimeInterval(time)).formatted(.iso8601)
    }
}
