import NIOCore
import Signing
import Store
import Synchronization
import Wire

/// Stands before the registry: who may not give a command does not get through, any error becomes its reply, and what
/// was given is written down.
///
/// It has two ways. `answer` is for commands whose data are in memory: no task, no closure and no suspension. `respond` is
/// for all others, and calls the same body.
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

    package func makeLaneMemory() -> (any LaneMemory)? { Acquaintance() }

    package func answer(to request: Request, from caller: Caller, _ clock: inout TurnClock) -> Answer? {
        // A long message keeps no event loop from the others.
        guard let found = registry.command(of: request), let body = found.ofMemory, !request.isLarge,
            let moment = identities.accounts.present
        else { return nil }
        let trail = found.spec.isAudited ? audit : nil
        let start = clock.latest()
        guard trail?.admits(at: start) != false else { return nil }
        var acting: Identities.Acting?
        let answer: Answer
        do {
            acting = try identities.known(caller, for: found.need, at: moment)
            answer = try body(Call(request, from: caller, identities, acting: acting, at: moment))
        } catch is NotInMemory {
            return nil
        } catch {
            answer = refusal(error, found, request)
        }
        note(answer, to: request, caller, by: acting, trail, start, clock.read())
        return answer
    }

    package func respond(to request: Request, from caller: Caller, _ answer: ReturnPath) {
        if let found = registry.command(of: request) { return run(found, request, caller, answer) }
        guard let plugins, let command = plugins[request.spec.verb] else { return answer(Answer(.unknownVerb)) }
        // A plugin may have declared the command anew since the request was read.
        guard command.spec.access == request.spec.access else { return answer(Answer(.notAnnounced)) }
        run(command, request, caller, plugins.lanes.counting(caller.lane, answer))
    }

    /// Runs a command and notes what came of it.
    private func run(_ found: RegisteredCommand, _ request: Request, _ caller: Caller, _ answer: ReturnPath) {
        let trail = found.spec.isAudited ? audit : nil
        let start = NIODeadline.now().uptimeNanoseconds
        guard trail?.admits(at: start) != false || isReading(found, caller, trail) else {
            return respondLater(to: request, from: caller, trail, answer)
        }
        let work = { @Sendable in
            let (result, acting) = await self.run(found, request, caller)
            self.note(result, to: request, caller, by: acting, trail, start, NIODeadline.now().uptimeNanoseconds)
            answer(result)
        }
        // A command that does not suspend is answered before this returns.
        if request.isLarge { Task(operation: work) } else { Task.immediate(operation: work) }
    }

    package func ended(lane: Lane) { plugins?.lanes.ended(lane) }

    /// Runs a command for the account that the request acts for, if it acts for one.
    private func run(
        _ found: RegisteredCommand, _ request: Request, _ caller: Caller
    ) async -> (Answer, Identities.Acting?) {
        var acting: Identities.Acting?
        do {
            acting = try await identities.account(of: caller, for: found.need)
            let call = Call(request, from: caller, identities, acting: acting, at: acting?.moment)
            return (try await found.command.run(call), acting)
        } catch {
            return (refusal(error, found, request), acting)
        }
    }

    /// The refusal that an error is.
    private func refusal(_ error: any Error, _ found: RegisteredCommand, _ request: Request) -> Answer {
        let failure = Failure(error)
        assert(
            Failure.common.contains(failure) || found.spec.failures.contains(failure)
                || failure == .usage(request.spec.usage),
            "\(request.spec.verb) does not declare: \(failure.text)")
        if !(error is Failure) || failure == .rootKeyMismatch { log?.failed(request.spec.verb, request.id, error) }
        return Answer(failure, effect: failure == .logInEnded ? .loggedOut : nil)
    }

    /// `start`, `end`: readings of the monotonic clock, in nanoseconds.
    private func note(
        _ answer: Answer, to request: Request, _ caller: Caller, by acting: Identities.Acting?, _ trail: AuditTrail?,
        _ start: UInt64, _ end: UInt64
    ) {
        let took = Int64(end - min(start, end))
        trail?.note(
            request, from: caller, by: acting?.name.description ?? who(request, caller, answer), answer, took: took,
            at: end
        )
        meter?.note(request.spec.verb, answer, took: took)
        log?.answered?(request.spec.verb, request.id, answer.code, took)
        answers.add(1, ordering: .relaxed)
    }

    /// Returns who gave the request, by a token of this site that need not be good any more. A log-in is given by whoever
    /// it logs in: neither a token nor the answer to a challenge is written down to tell.
    private func who(_ request: Request, _ caller: Caller, _ answer: Answer) -> String? {
        guard request.spec.access != .operator else { return "(operator)" }
        if case .token(let new) = answer.effect { return (try? identities.bearer(of: new))?.account.description }
        return (try? identities.bearer(of: caller))?.account.description
    }

    /// Whether the command changes nothing and is to be run though the audit log cannot be written now.
    private func isReading(_ found: RegisteredCommand, _ caller: Caller, _ trail: AuditTrail?) -> Bool {
        guard let trail, found.spec.isReading else { return false }
        return trail.admitsReading(by: (try? identities.bearer(of: caller))?.account.description)
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
}
