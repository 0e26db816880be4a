import NIOCore

/// A command that is part of the protocol itself: whoever holds the session answers it, from what it knows.
package protocol SessionCommand: ImmediateCommand where Context == SessionCall {
    /// The answer to the verb alone, where that is always the same.
    var constant: Answer? { get }
    /// Which of its few answers the call gets, if that one is to be kept for those who ask the same; nil if not.
    func variant(of call: SessionCall) -> AnswerVariant?
    /// The exchange that is needed before there is a request that can be answered; nil where the request is one.
    func exchange(_ request: Request) throws(Failure) -> AuthExchange?
}

extension SessionCommand {
    package var constant: Answer? { nil }
    package func variant(of call: SessionCall) -> AnswerVariant? { nil }
    package func exchange(_ request: Request) throws(Failure) -> AuthExchange? { nil }
}

/// Tells the answers of one command apart.
package enum AnswerVariant: Hashable {
    case only
    case privacy(Privacy)
    case verb(Verb)
}

/// A call of a session's own command, and what the session knows.
package struct SessionCall: CommandCall {
    package let request: Request
    /// The name that the greeting gives.
    package let host: String
    package let limits: Limits
    /// Whether TLS can be begun.
    package let offersTLS: Bool
    package let privacy: Privacy
    /// The commands that others answer.
    package let manifest: Manifest

    /// All commands, the session's own first.
    var specs: [CommandSpec] { SessionCommands.specs + manifest.specs }

    func spec(of verb: Verb) -> CommandSpec? { (SessionCommands.entry(for: verb) ?? manifest[verb])?.spec }
}

/// The commands that every session has, at a server as at the proxy.
package final class SessionCommands {
    /// The one list of them, in the order in which HELP shows them.
    package static let table: CommandTable<any SessionCommand> = {
        let all: [any SessionCommand] = [
            Ehlo(), Helo(), StartTLS(), Auth(), Noop(), Help(), CommandList(), Rset(), Quit(),
        ]
        return try! CommandTable(all.map { ($0.spec, $0) }, besides: Manifest())
    }()
    package static var specs: [CommandSpec] { table.specs }

    /// The constant answers, as they are written.
    static let constants = VerbTable(
        table.commands.compactMap { command in
            command.constant.map { answer in
                var octets = Outbox()
                answer.reply.write(form: .line, result: .plain, into: &octets)
                return (command.spec.verb, octets.takeJoined())
            }
        })
    package let host: String
    private let limits: Limits
    private let offersTLS: Bool
    /// Answers that were given and do not change before the manifest does. There are as many as there are variants.
    private var kept: (manifest: Manifest.Contents?, answers: [AnswerKey: Answer]) = (nil, [:])

    private struct AnswerKey: Hashable {
        let verb: Verb
        let variant: AnswerVariant
    }

    package init(host: String, limits: Limits, offersTLS: Bool = false) {
        self.host = host
        self.limits = limits
        self.offersTLS = offersTLS
    }

    /// What the daemon called `host` says to whoever connects: `220 host Clavero ready`, always one line.
    package static func greeting(of host: String) -> Reply { Reply(220, nil, "\(host) Clavero ready") }

    /// The command of the session that the verb is; nil for all others.
    package static func entry(for verb: Verb) -> Manifest.Entry? { table.manifest[verb] }

    /// Answers a request for one of the session's commands. `manifest`: the commands that others answer.
    func answer(_ request: Request, _ privacy: Privacy, _ manifest: Manifest) -> Answer {
        let command = Self.table.command(of: request)!
        let call = SessionCall(
            request: request, host: host, limits: limits, offersTLS: offersTLS, privacy: privacy, manifest: manifest)
        guard let variant = command.variant(of: call) else { return Self.answer(call, command) }
        let key = AnswerKey(verb: request.spec.verb, variant: variant)
        if kept.manifest !== manifest.contents { kept = (manifest.contents, [:]) }
        if let known = kept.answers[key] { return known }
        let answer = Self.answer(call, command).written
        kept.answers[key] = answer
        return answer
    }

    private static func answer(_ call: SessionCall, _ command: any SessionCommand) -> Answer {
        do {
            return try command.answer(call)
        } catch {
            return Answer(refusing: error)
        }
    }

    /// What a session has to ask its client before `request` can be answered; nil for nearly all.
    static func exchange(_ request: Request) throws(Failure) -> AuthExchange? {
        guard request.entry.route == 0, let command = table.command(of: request) else { return nil }
        return try command.exchange(request)
    }
}
