import TestKit

/// A request, and the answers to it that are right.
struct Asking {
    enum Pattern {
        case exactly(String)
        case beginning(String)

        func matches(_ reply: String) -> Bool {
            switch self {
            case .exactly(let line): reply == line
            case .beginning(let words): reply.hasPrefix(words)
            }
        }
    }

    let kind: Kind
    let line: String
    let done: Pattern
    /// The reply that refuses a password that may be wrong; nil if the password is known to be right.
    let wrong: String?

    init(_ kind: Kind, _ line: String, _ done: Pattern, orWrong wrong: String? = nil) {
        (self.kind, self.line, self.done, self.wrong) = (kind, line, done, wrong)
    }
}

/// The requests of a session and their answers.
extension Session {
    @discardableResult
    func ask(_ request: Asking) async -> Outcome { await ask([request])[0] }

    /// Sends all requests, and takes their answers in order. Any other answer than the right one counts as a fault of
    /// the site, unless it is a temporary refusal.
    func ask(_ requests: [Asking]) async -> [Outcome] {
        let asked = ContinuousClock.now
        var outcomes: [Outcome] = []
        do {
            let conversation = try await connected()
            try await conversation.send(requests.map(\.line).joined(separator: "\r\n"))
            for request in requests {
                let reply = try await conversation.reply().last!
                // After a 421, nothing follows but the end of the connection.
                guard !reply.hasPrefix("421 ") else { throw Mismatch(reply) }
                let outcome = judge(reply, of: request)
                journal.note(outcome, of: request.kind, from: place, asked: asked)
                outcomes.append(outcome)
            }
        } catch {
            if "\(error)".hasPrefix("no reply") {
                journal.violated("\(name): \(requests[outcomes.count].line): \(error)")
            }
            await disconnect()
            for request in requests[outcomes.count...] {
                outcomes.append(.unknown("\(error)"))
                journal.note(.unknown("\(error)"), of: request.kind, from: place, asked: asked)
            }
        }
        return outcomes
    }

    private func judge(_ reply: String, of request: Asking) -> Outcome {
        if request.done.matches(reply) || reply == request.wrong { return .done(reply) }
        if reply.hasPrefix("451 4.4.2 ") { return .unknown(reply) }
        if reply.hasPrefix("4") { return .refused(reply) }
        if reply.hasPrefix("530 "), !password.isKnown || reply.hasPrefix("530 5.7.0 Log in again") {
            // A password change with an unknown outcome has ended the log-in, or the log-in is too old for another
            // change.
            isLoggedIn = false
            return .loggedOut
        }
        journal.violated("\(name): \(request.line)\n     got: \(reply)")
        return .refused(reply)
    }
}
