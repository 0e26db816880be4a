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

extension AuditRecord {
    /// What a line says of it, after the three members with which each begins.
    func put(to text: inout JSONText) {
        text.put("\"server\":")
        text.put(json: server)
        text.put(",\"who\":")
        text.put(json: who)
        text.put(",\"from\":")
        text.put(json: from)
        text.put(",\"verb\":")
        text.put(json: verb)
        text.put(",\"args\":{")
        for (place, argument) in arguments.enumerated() {
            if place > 0 { text.put(",") }
            text.put(json: argument.name)
            text.put(":")
            text.put(json: argument.value)
        }
        text.put("},\"code\":")
        text.put(json: code)
        text.put(",\"enhanced\":")
        text.put(json: enhanced)
        text.put(",\"us\":")
        text.put(json: microseconds)
    }

    /// The most octets that ``put(to:)`` writes.
    var bound: Int {
        let names = 128 + 2 * JSONText.numberBound
        let fields = JSONText.bound(server) + JSONText.bound(from) + JSONText.bound(verb)
        let rest = JSONText.bound(who) + JSONText.bound(enhanced)
        return arguments.reduce(names + fields + rest) {
            $0 + 2 + JSONText.bound($1.name) + JSONText.bound($1.value)
        }
    }
}
