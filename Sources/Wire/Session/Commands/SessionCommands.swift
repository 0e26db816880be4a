import NIOCore

/// A command that is part of the protocol itself: whoever holds the session answers it, from what it knows.
package protocol SessionCommand: SendableMetatype {
    static var spec: CommandSpec { get }
    static func answer(_ request: Request, _ context: SessionContext) -> Answer
    /// The answer to the verb alone, where that is always the same.
    static var constant: Answer? { get }
    /// Which of its few answers the request gets, if that one is to be kept for those who ask the same; nil if not.
    static func variant(of request: Request, _ context: SessionContext) -> AnswerVariant?
    /// What has to be said before there is a request that can be answered; nil where the request is one.
    static func exchange(_ request: Request) throws(Failure) -> AuthExchange?
}

extension SessionCommand {
    package static var constant: Answer? { nil }
    package static func variant(of request: Request, _ context: SessionContext) -> AnswerVariant? { nil }
    package static func exchange(_ request: Request) throws(Failure) -> AuthExchange? { nil }
}

/// Tells the answers of one command apart.
package enum AnswerVariant: Hashable {
    case only
    case privacy(Privacy)
    case verb(Verb)
}

/// What a session's own commands can tell.
package struct SessionContext {
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
    package static let all: [any SessionCommand.Type] = [
        Ehlo.self, Helo.self, StartTLS.self, Auth.self, Noop.self, Help.self, CommandList.self, Rset.self, Quit.self,
    ]
    package static let specs: [CommandSpec] = all.map { $0.spec }

    private static let entries = VerbTable(
        all.indices.map { (all[$0].spec.verb, Manifest.Entry(all[$0].spec, command: $0)) })
    /// The constant answers, as they are written.
    static let constants = VerbTable(
        all.compactMap { command in
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
    package static func entry(for verb: Verb) -> Manifest.Entry? { entries[verb] }

    /// Answers a request for one of the session's commands. `manifest`: the commands that others answer.
    func answer(_ request: Request, _ privacy: Privacy, _ manifest: Manifest) -> Answer {
        let command = Self.all[request.entry.command!]
        let context = SessionContext(
            host: host, limits: limits, offersTLS: offersTLS, privacy: privacy, manifest: manifest)
        guard let variant = command.variant(of: request, context) else { return command.answer(request, context) }
        let key = AnswerKey(verb: request.spec.verb, variant: variant)
        if kept.manifest !== manifest.contents { kept = (manifest.contents, [:]) }
        if let known = kept.answers[key] { return known }
        let answer = command.answer(request, context).written
        kept.answers[key] = answer
        return answer
    }

    /// What a session has to ask its client before `request` can be answered; nil for nearly all.
    static func exchange(_ request: Request) throws(Failure) -> AuthExchange? {
        guard request.entry.route == 0, let command = request.entry.command else { return nil }
        return try all[command].exchange(request)
    }
}

extension CommandSpec {
    /// A session's own command: for anyone, without effect on anything but the session.
    convenience init(session verb: Verb, _ parameters: [ParameterSpec] = [], summary: String, help: String) {
        self.init(
            verb: verb, plugin: "", forms: [parameters], access: .anyone, isRepeatable: true, summary: summary,
            help: help)
    }
}
