/// The verbs that a server or a proxy has without plugins of its operator. On the command line they may be in small
/// letters, also before a connection exists.
enum BuiltInVerbs {
    static let names: Set<String> = [
        "ACCOUNTS", "ADDKEY", "ADDUPSTREAM", "AUTH", "CHALLENGE", "COMMANDS", "DECRYPT", "DISABLE", "DRAIN", "DROPKEY",
        "DROPUPSTREAM", "EHLO", "ENABLE", "ENCRYPT", "FORGET", "HEALTH", "HELO", "HELP", "INVITE", "JWKS", "LISTKEYS",
        "LOGIN", "LOGOUT", "NOOP", "PASSWD", "PUBKEY", "QUIT", "RESUME", "RSET", "SESSIONS", "SIGN", "SIGNUP",
        "STARTTLS",
        "STATUS", "TOKEN", "UNLOCK", "UPSTREAMS", "VERIFY", "WHOAMI",
    ]

    static func contains(_ word: String) -> Bool { names.contains(word.uppercased()) }
}
