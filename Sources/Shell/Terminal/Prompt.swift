import Wire

/// What stands before a line that is typed: who one is there, where that is, and whether others on the way can read it.
enum Prompt {
    /// `alice@gate> `; `gate [in clear]> ` where nobody is logged in and a network sees what is typed;
    /// `gate [not connected]> `.
    static func text(account: AccountName?, place: String, isConnected: Bool, isPrivate: Bool) -> String {
        let who = account.map { "\($0)@" } ?? ""
        let state = isConnected ? isPrivate ? "" : " [in clear]" : " [not connected]"
        return "\(who)\(Escaping.shown(place))\(state)> "
    }
}
