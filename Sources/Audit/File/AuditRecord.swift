/// What the log says of one command that was run: who gave it, from where, what it was and what came of it.
package struct AuditRecord: Sendable {
    /// When it was given, in milliseconds since 1970.
    package let time: Int64
    package let subject: AuditSubject
    package let verb: String
    /// The value that was given for an argument. The caller leaves secrets out.
    package enum Value: Sendable {
        case text(String)
        /// A message of this length.
        case message(Int)
    }

    /// Each name once, in the order of the declaration.
    package let arguments: [(name: String, value: Value)]
    /// The reply's code (RFC 5321) and enhanced code (RFC 3463).
    package let code: Int
    package let enhanced: String?
    /// How long it took.
    package let microseconds: Int64
    /// What the logs of the proxy and the server call the request; nil where they call it nothing.
    package let request: Name?

    /// A link, its lane, and which of the lane's requests.
    package struct Name: Sendable {
        let link: UInt32
        let lane: UInt64
        let number: UInt64

        package init(link: UInt32, lane: UInt64, number: UInt64) {
            (self.link, self.lane, self.number) = (link, lane, number)
        }
    }

    package init(
        time: Int64, subject: AuditSubject, verb: String, arguments: [(name: String, value: Value)], code: Int,
        enhanced: String?, microseconds: Int64, request: Name? = nil
    ) {
        (self.time, self.subject, self.verb) = (time, subject, verb)
        (self.arguments, self.code, self.enhanced, self.microseconds) = (arguments, code, enhanced, microseconds)
        self.request = request
    }
}

extension AuditRecord {
    /// What a line says of it, after the three members with which each begins.
    func put(to text: inout JSONText) {
        text.put(subject.text)
        text.put(json: verb)
        text.put(",\"args\":{")
        for (place, argument) in arguments.enumerated() {
            if place > 0 { text.put(",") }
            text.put(json: argument.name)
            text.put(":")
            argument.value.put(to: &text)
        }
        text.put("},\"code\":")
        text.put(json: code)
        text.put(",\"enhanced\":")
        text.put(json: enhanced)
        text.put(",\"us\":")
        text.put(json: microseconds)
        guard let request else { return }
        text.put(",\"request\":\"")
        text.put(hex: request.link)
        text.put("-")
        text.put(json: request.lane)
        text.put("-")
        text.put(json: request.number)
        text.put("\"")
    }

    /// The most octets that ``put(to:)`` writes.
    var bound: Int {
        let names = 160 + 4 * JSONText.numberBound
        let fields = subject.text.count + JSONText.bound(verb) + JSONText.bound(enhanced)
        return arguments.reduce(names + fields) {
            $0 + 2 + JSONText.bound($1.name) + $1.value.bound
        }
    }
}

extension AuditRecord.Value {
    fileprivate func put(to text: inout JSONText) {
        switch self {
        case .text(let value): text.put(json: value)
        case .message(let count):
            text.put("\"")
            text.put(json: count)
            text.put(" octets\"")
        }
    }

    fileprivate var bound: Int {
        switch self {
        case .text(let value): JSONText.bound(value)
        case .message: JSONText.numberBound + 9
        }
    }
}
