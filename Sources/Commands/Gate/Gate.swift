import NIOCore
import Signing
import Store
import Synchronization
import Wire

/// Runs the commands of a registry. It checks the caller's access, converts any error to its reply, and writes each
/// request to the audit log.
///
/// `answer` is for commands whose data are in memory; it needs no task, no closure and no suspension. `respond` is
/// for all other commands, and calls the same function of the command.
///
/// A gate may be shared between event loops.
package final class Gate: Responder, Sendable {
    private let registry: Registry
    /// The commands of plugin processes; nil if the server has none.
    private let plugins: PluginCommands?
    private let identities: Identities
    private let audit: AuditTrail?
    private let meter: RequestMeter?
    private let log: GateLog?
    private let answers = Atomic(0)

    /// Creates a gate.
    ///
    /// - Parameters:
    ///   - audit: The audit trail; nil if requests are not audited.
    ///   - meter: Counts requests; nil without metrics.
    ///   - log: The server's log; nil if the gate logs nothing.
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
        // Commands of plugin processes come and go. So their entries have no index, and each request looks its
        // command up.
        for spec in plugins.manifest.specs { manifest.add(Manifest.Entry(spec)) }
        return manifest
    }

    /// The server's own commands.
    var builtIns: Manifest { registry.manifest }

    /// The number of requests that the gate has answered.
    package var answerCount: Int { answers.load(ordering: .relaxed) }

    package func makeLaneMemory() -> (any LaneMemory)? { LaneContext() }

    /// Returns the server's own command that the request names; nil if it is a plugin process's command. It indexes the
    /// table here, because the compiler does not specialise the table's function for another module.
    private func command(of request: Request) -> RegisteredCommand? { request.command.map { registry.commands[$0] } }

    package func answer(to request: Request, from caller: Caller, _ clock: inout TurnClock) -> Answer? {
        // A long message is not processed here, because it would delay the other sessions of the event loop.
        guard let found = command(of: request), let body = found.ofMemory, !request.isLarge,
            let moment = identities.accounts.present
        else { return nil }
        let trail = found.spec.isAudited ? audit : nil
        let start = clock.latest()
        guard trail?.admits(at: start) != false else { return nil }
        var acting: Identities.ActingAccount?
        let answer: Answer
        do {
            acting = try identities.known(caller, for: found.need(of: request), at: moment)
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
        if let found = command(of: request) { return run(found, request, caller, answer) }
        guard let plugins, let command = plugins[request.spec.verb] else { return answer(Answer(.unknownVerb)) }
        // The plugin may have declared the command again since the request was read.
        guard command.spec.access == request.spec.access else { return answer(Answer(.notAnnounced)) }
        run(command, request, caller, plugins.lanes.counting(caller.lane, answer))
    }

    /// Runs a command, and records its answer.
    private func run(_ found: RegisteredCommand, _ request: Request, _ caller: Caller, _ answer: ReturnPath) {
        let trail = found.spec.isAudited ? audit : nil
        let start = NIODeadline.now().uptimeNanoseconds
        guard trail?.admits(at: start) != false || isReading(found, caller, trail) else {
            return respondAfterAudit(to: request, from: caller, trail, answer)
        }
        let work = { @Sendable in
            let (result, acting) = await self.run(found, request, caller)
            self.note(result, to: request, caller, by: acting, trail, start, NIODeadline.now().uptimeNanoseconds)
            answer(result)
        }
        // A small request runs at once. If its command does not suspend, it is answered before this function returns.
        if request.isLarge { Task(operation: work) } else { Task.immediate(operation: work) }
    }

    package func ended(lane: Lane) { plugins?.lanes.ended(lane) }

    /// Runs a command for the account that the request acts for, if there is one.
    ///
    /// - Returns: The answer, and the account.
    private func run(
        _ found: RegisteredCommand, _ request: Request, _ caller: Caller
    ) async -> (Answer, Identities.ActingAccount?) {
        var acting: Identities.ActingAccount?
        do {
            acting = try await identities.account(of: caller, for: found.need(of: request))
            let call = Call(request, from: caller, identities, acting: acting, at: acting?.moment)
            return (try await found.command.run(call), acting)
        } catch {
            return (refusal(error, found, request), acting)
        }
    }

    /// Returns the refusal for an error, and logs the error if it is the server's fault.
    private func refusal(_ error: any Error, _ found: RegisteredCommand, _ request: Request) -> Answer {
        let failure = Failure(error)
        assert(
            Failure.common.contains(failure) || found.spec.failures.contains(failure)
                || failure == .usage(request.spec.usage),
            "\(request.spec.verb) does not declare: \(failure.text)")
        if !(error is Failure) || failure == .rootKeyMismatch { log?.failed(request.spec.verb, request.id, error) }
        return Answer(failure, effect: failure == .logInEnded ? .loggedOut : nil)
    }

    /// Records an answer in the audit log, the metrics and the server's log. `start` and `end` are readings of the
    /// monotonic clock, in nanoseconds.
    private func note(
        _ answer: Answer, to request: Request, _ caller: Caller, by acting: Identities.ActingAccount?,
        _ trail: AuditTrail?,
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

    /// Returns the name of the account that issued the request: that of the caller's token, even if the account has
    /// ended the token. For a log-in, it is the name in the new token, because neither a token nor a challenge in the
    /// arguments is written to the log.
    private func who(_ request: Request, _ caller: Caller, _ answer: Answer) -> String? {
        guard request.spec.access != .operator else { return "(operator)" }
        if case .token(let new) = answer.effect { return (try? identities.bearer(of: new))?.account.description }
        return (try? identities.bearer(of: caller))?.account.description
    }

    /// Whether the command changes nothing and may run although the audit log cannot be written now.
    private func isReading(_ found: RegisteredCommand, _ caller: Caller, _ trail: AuditTrail?) -> Bool {
        guard let trail, found.spec.isReading else { return false }
        return trail.admitsReading(by: (try? identities.bearer(of: caller))?.account.description)
    }

    /// Handles a request that cannot be audited now. If the log's queue is full, the request waits for room. If the
    /// log cannot be written, the request is refused.
    private func respondAfterAudit(
        to request: Request, from caller: Caller, _ trail: AuditTrail?, _ answer: ReturnPath
    ) {
        // The new task keeps the command off the audit log's thread.
        let waits = trail?.waitForRoom { Task { self.respond(to: request, from: caller, answer) } }
        guard waits != true else { return }
        answers.add(1, ordering: .relaxed)
        meter?.note(request.spec.verb, Answer(.auditFails), took: nil)
        answer(Answer(.auditFails))
    }
}
