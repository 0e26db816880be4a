import Audit
import Signing
import Store
import Synchronization
import Wire

/// Stands before the registry: who may not give a command does not get through, any error becomes its reply, and what
/// was given is written down.
///
/// Safe to share between event loops.
package final class Gate: Responder, Sendable {
    private let registry: Registry
    /// Those of plugin processes; nil where there are none.
    private let plugins: PluginCommands?
    private let identities: Identities
    private let audit: AuditTrail?
    private let meter: RequestMeter?
    private let log: GateLog?
    private let answers = Atomic(0)

    /// `audit`: nil where nothing is written down. `meter`, `log`: nil where nobody asks for it.
    package init(
        _ registry: Registry, plugins: PluginCommands? = nil, identities: Identities, audit: AuditTrail? = nil,
        meter: RequestMeter? = nil, log: GateLog? = nil
    ) {
        self.registry = registry
        self.plugins = plugins
        self.identities = identities
        self.audit = audit
        self.meter = meter
        self.log = log
    }

    package var manifest: Manifest {
        guard let plugins else { return registry.manifest }
        var manifest = registry.manifest
        // They come and go: which one is meant is looked for at each request.
        for spec in plugins.manifest.specs { manifest.add(Manifest.Entry(spec)) }
        return manifest
    }

    /// The server's own commands.
    var builtIns: Manifest { registry.manifest }

    /// How many requests it has answered.
    package var answerCount: Int { answers.load(ordering: .relaxed) }

    package func respond(to request: Request, from caller: Caller, _ answer: ReturnPath) {
        guard let found = registry[request.entry] ?? plugins?[request.spec.verb].map(RegisteredCommand.init) else {
            return answer(Answer(.unknownVerb))
        }
        // A plugin may have declared the command anew since the request was read.
        guard request.entry.command != nil || found.command.declaration.access == request.spec.access else {
            return answer(Answer(.notAnnounced))
        }
        let trail = request.spec.isAudited ? audit : nil
        guard trail?.admits != false || isReading(found.command, caller, trail) else {
            return respondLater(to: request, from: caller, trail, answer)
        }
        let start = ContinuousClock.now
        var acting: Identities.Acting?
        // A long message keeps no event loop from the others.
        if !request.isLarge, let command = found.ofMemory,
            let outcome = answerNow(command, request, caller, &acting)
        {
            note(outcome, request, caller, trail, since: start)
            return answer(outcome.answer)
        }
        let known = acting
        let work = { @Sendable in
            let outcome = await self.outcome(of: found.command, request, caller, known)
            self.note(outcome, request, caller, trail, since: start)
            answer(outcome.answer)
        }
        // A command that does not suspend is answered before this returns.
        if request.isLarge { Task(operation: work) } else { Task.immediate(operation: work) }
    }

    /// An answer, and the account that it was given to, where one had to be logged in.
    private struct Outcome {
        let answer: Answer
        let account: String?
    }

    private func note(
        _ outcome: Outcome, _ request: Request, _ caller: Caller, _ trail: AuditTrail?,
        since start: ContinuousClock.Instant
    ) {
        // Once for both: it takes a division of 128 bits.
        let took = AuditTrail.nanoseconds(start.duration(to: .now))
        trail?.note(
            request, from: caller, by: outcome.account ?? who(request, caller, outcome.answer), outcome.answer,
            took: took)
        meter?.note(request.spec.verb, outcome.answer, took: took)
        log?.answered?(request.spec.verb, caller.request, outcome.answer.code, took)
        answers.add(1, ordering: .relaxed)
    }

    /// Whether the command changes nothing and is to be run though the audit log cannot be written now.
    private func isReading(_ command: any ServedCommand, _ caller: Caller, _ trail: AuditTrail?) -> Bool {
        guard let trail, command.declaration.isReading else { return false }
        return trail.admitsReading(by: caller.token.flatMap { try? identities.claims(of: $0, lane: caller.lane).sub })
    }

    /// Where more is asked than can be written down, whoever asks has to wait a little. Where it cannot be written down,
    /// nothing is done.
    private func respondLater(
        to request: Request, from caller: Caller, _ trail: AuditTrail?, _ answer: ReturnPath
    ) {
        // On no thread of the log's.
        let waits = trail?.waitForRoom { Task { self.respond(to: request, from: caller, answer) } }
        guard waits != true else { return }
        answers.add(1, ordering: .relaxed)
        meter?.note(request.spec.verb, Answer(.auditFails), took: nil)
        answer(Answer(.auditFails))
    }

    package func ended(lane: Lane) {
        identities.ended(lane: lane)
        plugins?.ended(lane: lane)
    }

    /// Answers a command whose data are in memory, without a task; nil where something has to be read. `acting` is then the
    /// account that the request acts for, if that was found.
    private func answerNow(
        _ command: any MemoryCommand, _ request: Request, _ caller: Caller, _ acting: inout Identities.Acting?
    ) -> Outcome? {
        do {
            if request.spec.access == .user || request.spec.needsRecentLogIn {
                acting = try identities.known(caller, isRecent: request.spec.needsRecentLogIn)
                guard acting != nil else { return nil }
            }
            let answer = try command.answer(Call(request, from: caller, identities, acting: acting))
            return Outcome(answer: answer, account: acting?.account.name)
        } catch is NotInMemory {
            return nil
        } catch {
            return outcome(of: error, command, request, caller, acting)
        }
    }

    private func outcome(
        of command: any ServedCommand, _ request: Request, _ caller: Caller, _ known: Identities.Acting?
    ) async -> Outcome {
        var acting = known
        do {
            if acting == nil, request.spec.access == .user || request.spec.needsRecentLogIn {
                acting = try await identities.account(of: caller, isRecent: request.spec.needsRecentLogIn)
            }
            let answer = try await command.run(Call(request, from: caller, identities, acting: acting))
            return Outcome(answer: answer, account: acting?.account.name)
        } catch {
            return outcome(of: error, command, request, caller, acting)
        }
    }

    /// The refusal that an error is.
    private func outcome(
        of error: any Error, _ command: any ServedCommand, _ request: Request, _ caller: Caller,
        _ acting: Identities.Acting?
    ) -> Outcome {
        let failure = Failure(error)
        assert(
            Failure.common.contains(failure) || command.declaration.failures.contains(failure)
                || failure == .usage(request.spec.usage),
            "\(request.spec.verb) does not declare: \(failure.text)")
        if !(error is Failure) || failure == .rootKeyMismatch { log?.failed(request.spec.verb, caller.request, error) }
        return Outcome(
            answer: Answer(failure, effect: failure == .logInEnded ? .loggedOut : nil), account: acting?.account.name)
    }

    /// Who gave the request, by a token that is of this site; it need not be good any more. Whoever logs in by it has
    /// given it: neither a token nor the answer to a challenge is written down to tell.
    private func who(_ request: Request, _ caller: Caller, _ answer: Answer) -> String? {
        guard request.spec.access != .operator else { return "(operator)" }
        let token = if case .token(let new) = answer.effect { new } else { caller.token }
        return token.flatMap { try? identities.claims(of: $0).sub }
    }
}
