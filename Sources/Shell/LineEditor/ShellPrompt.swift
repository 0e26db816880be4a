import Wire

/// The prompt of the shell. It shows the account, the server, and whether the connection is private.
enum ShellPrompt {
    /// Returns the prompt: `alice@gate> `, or `gate [in clear]> ` if others on the way can read the connection, or
    /// `gate [not connected]> `.
    static func text(account: AccountName?, server: String, isConnected: Bool, isPrivate: Bool) -> String {
        let user = account.map { "\($0)@" } ?? ""
        let state = isConnected ? isPrivate ? "" : " [in clear]" : " [not connected]"
        return "\(user)\(TerminalText.escaped(server))\(state)> "
    }
}
