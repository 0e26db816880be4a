/// What the log says of one command that was run: who gave it, from where, what it was and what came of it.
package struct AuditRecord: Sendable {
    /// When it was given, in milliseconds since 1970.
    package let time: Int64
    /// Which server ran it, `keys` or `auth`.
    package let server: String
    /// The account that was logged in, if one was.
    package let who: String?
    /// The client's address.
    package let from: String
    package let verb: String
    /// Each name once, in the order of the declaration. The caller has left secrets out, and put a length in the
    /// place of every message.
    package let arguments: [(name: String, value: String)]
    /// The reply's code (RFC 5321) and enhanced code (RFC 3463).
    package let code: Int
    package let enhanced: String?
    /// How long it took.
    package let microseconds: Int64

    package init(
        time: Int64, server: String, who: String?, from: String, verb: String,
        arguments: [(name: String, value: String)], code: Int, enhanced: String?, microseconds: Int64
    ) {
        (self.time, self.server, self.who, self.from, self.verb) = (time, server, who, from, verb)
        (self.arguments, self.code, self.enhanced, self.microseconds) = (arguments, code, enhanced, microseconds)
    }
}
