import NIOCore

/// A command that is a part of the protocol itself. The program that holds the session answers it, and needs only
/// what the session knows.
package protocol SessionCommand: ImmediateCommand where Context == SessionCall {
    /// The answer to the verb without arguments if that answer never changes, or nil.
    var constant: Answer? { get }
    /// Returns the variant of the command's answer that the call gets, under which the answer is kept for later
    /// calls. Returns nil if the answer is not kept.
    func variant(of call: SessionCall) -> AnswerVariant?
    /// Returns the exchange that must take place before a request can be answered, or nil if the request can be
    /// answered at once.
    ///
    /// - Throws: the refusal of an argument.
    func exchange(_ request: Request) throws(Failure) -> AuthExchange?
}

extension SessionCommand {
    package var constant: Answer? { nil }
    package func variant(of call: SessionCall) -> AnswerVariant? { nil }
    package func exchange(_ request: Request) throws(Failure) -> AuthExchange? { nil }
}

/// The key that distinguishes the kept answers of one command.
package enum AnswerVariant: Hashable {
    case only
    case privacy(Privacy)
    case verb(Verb)
}

/// A call of a session's own command, with the state of the session that it may need.
package struct SessionCall: CommandCall {
    package let request: Request
    /// The server's name in the greeting.
    package let host: String
    package let limits: Limits
    /// Whether the session can begin TLS.
    package let offersTLS: Bool
    package let privacy: Privacy
    /// The commands that other responders answer.
    package let manifest: Manifest

    /// All commands, beginning with the session's own.
    var specs: [CommandSpec] { SessionCommands.specs + manifest.specs }

    func spec(of verb: Verb) -> CommandSpec? { (SessionCommands.entry(for: verb) ?? manifest[verb])?.spec }
}

/// The commands that every session has, both at a server and at the proxy.
package final class SessionCommands {
    /// The session's own commands, in the order in which HELP shows them.
    package static let table: CommandTable<any SessionCommand> = {
        let all: [any SessionCommand] = [
            Ehlo(), Helo(), StartTLS(), Auth(), Noop(), Help(), CommandList(), Rset(), Quit(),
        ]
        return try! CommandTable(all.map { ($0.spec, $0) }, besides: Manifest())
    }()
    package static var specs: [CommandSpec] { table.specs }

    /// The encoded constant answers, by verb.
    static let constants = VerbTable(
        table.commands.compactMap { command in
            command.constant.map { answer in
                var bytes = Outbox()
                answer.reply.write(form: .line, result: .plain, into: &bytes)
                return (command.spec.verb, bytes.takeJoined())
            }
        })
    package let host: String
    private let limits: Limits
    private let offersTLS: Bool
    /// The kept answers, which stay valid until the manifest changes. Their number is limited by the number of
    /// variants.
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

    /// Returns the greeting of the daemon `host` to a new client: `220 host Clavero ready`. It is always one line.
    package static func greeting(of host: String) -> Reply { Reply(220, nil, "\(host) Clavero ready") }

    /// Returns the entry of a session's own command, or nil for any other verb.
    package static func entry(for verb: Verb) -> Manifest.Entry? { table.manifest[verb] }

    /// Returns the entry of the command that the frame's line begins with.
    ///
    /// - Throws: the refusal of a line that begins with no command.
    static func entry(for frame: RequestLine, _ manifest: Manifest) throws(Failure) -> Manifest.Entry {
        guard let verb = frame.verb else { throw frame.verbFailure }
        if let entry = entry(for: verb) ?? manifest[verb] { return entry }
        if frame.looksLikeHTTP { throw .httpSpoken }
        throw manifest.isComplete ? .unknownVerb : .notAnnounced
    }

    /// Answers a request for one of the session's own commands. `manifest` has the commands that other responders
    /// answer.
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

    /// Returns the exchange that must take place before `request` can be answered. It is nil for nearly all requests.
    ///
    /// - Throws: the refusal of an argument.
    static func exchange(_ request: Request) throws(Failure) -> AuthExchange? {
        guard request.entry.route == 0, let command = table.command(of: request) else { return nil }
        return try command.exchange(request)
    }
}
