/// The record of a command that was run: its issuer, its arguments, and its result.
package struct AuditRecord: Sendable {
    /// The time at which the command was given, in milliseconds since 1970.
    package let time: Int64
    package let actor: AuditActor
    package let verb: String
    /// The value of an argument. The caller leaves secrets out.
    package enum Value: Sendable {
        case text(String)
        /// A message, by its length in bytes.
        case message(Int)
    }

    /// The arguments, each name once, in the order of the declaration.
    package let arguments: [(name: String, value: Value)]
    /// The reply's code (RFC 5321) and enhanced code (RFC 3463).
    package let code: Int
    package let enhanced: String?
    /// The time that the command took.
    package let microseconds: Int64
    /// The name of the request in the logs of the proxy and the server; nil if it has none.
    package let request: RequestID?

    /// The name of a request: its link, its lane, and its number in the lane.
    package struct RequestID: Sendable {
        let link: UInt32
        let lane: UInt64
        let number: UInt64

        package init(link: UInt32, lane: UInt64, number: UInt64) {
            (self.link, self.lane, self.number) = (link, lane, number)
        }
    }

    package init(
        time: Int64, actor: AuditActor, verb: String, arguments: [(name: String, value: Value)], code: Int,
        enhanced: String?, microseconds: Int64, request: RequestID? = nil
    ) {
        (self.time, self.actor, self.verb) = (time, actor, verb)
        (self.arguments, self.code, self.enhanced, self.microseconds) = (arguments, code, enhanced, microseconds)
        self.request = request
    }
}

extension AuditRecord {
    /// Writes the record, without the three members with which each line begins.
    func put(to text: inout JSONWriter) {
        text.put(actor.text)
        text.put(json: verb)
        text.put(",\"args\":{")
        for (index, argument) in arguments.enumerated() {
            if index > 0 { text.put(",") }
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

    /// The most bytes that ``put(to:)`` writes.
    var bound: Int {
        let names = 160 + 4 * JSONWriter.numberBound
        let fields = actor.text.count + JSONWriter.bound(verb) + JSONWriter.bound(enhanced)
        return arguments.reduce(names + fields) {
            $0 + 2 + JSONWriter.bound($1.name) + $1.value.bound
        }
    }
}

extension AuditRecord.Value {
    fileprivate func put(to text: inout JSONWriter) {
        switch self {
        case .text(let value): text.put(json: value)
        case .message(let count):
            text.put("\"")
            text.put(json: count)
            text.put(" bytes\"")
        }
    }

    fileprivate var bound: Int {
        switch self {
        case .text(let value): JSONWriter.bound(value)
        case .message: JSONWriter.numberBound + 9
        }
    }
}
