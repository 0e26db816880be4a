import Wire

/// LOGOUT: the session acts for nobody any more.
struct LogOut: Command {
    static let declaration = Declaration(
        "LOGOUT", access: .user, isRepeatable: false,
        summary: "End this session's log-in",
        help: "The session goes on, logged out. Other sessions of the account stay logged in.")

    func run(_ call: Call) async throws -> Answer {
        Answer(.done("Logged out"), effect: .loggedOut)
    }
}
