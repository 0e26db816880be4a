import Wire

/// Stands before the registry: who may not give a command does not get through, and any error becomes its reply.
///
/// Safe to share between event loops.
package final class Gate: Responder, Sendable {
    private let registry: Registry
    private let identities: Identities
    private let report: @Sendable (Verb, any Error) -> Void

    /// `report` is told of errors that are the server's own, for its log. It gets no content of a request.
    package init(
        _ registry: Registry, identities: Identities, report: @escaping @Sendable (Verb, any Error) -> Void
    ) {
        self.registry = registry
        self.identities = identities
        self.report = report
    }

    package var manifest: Manifest { registry.manifest }

    package func respond(to request: Request, from caller: Caller, _ answer: @escaping @Sendable (Answer) -> Void) {
        guard let command = registry[request.spec.verb] else { return answer(Answer(.unknownVerb)) }
        Task { answer(await self.answer(command, request, caller)) }
    }

    private func answer(_ command: any Command, _ request: Request, _ caller: Caller) async -> Answer {
        do {
            let account = request.spec.access == .user ? try await identities.account(of: caller) : nil
            return try await command.run(Call(request, from: caller, identities, known: account))
        } catch {
            let failure = Failure(error)
            assert(
                Failure.common.contains(failure) || type(of: command).declaration.failures.contains(failure)
                    || failure == .usage(request.spec.usage),
                "\(request.spec.verb) does not declare: \(failure.text)")
            if !(error is Failure) || failure == .rootKeyMismatch { report(request.spec.verb, error) }
            return Answer(failure, effect: failure == .logInEnded ? .loggedOut : nil)
        }
    }
}
