/// Lets those who ask at the same time share a question: while one is under way the others gather, and the next question
/// is asked for all of them. A question that is under way counts for nobody who came later.
package final class SharedQuestion<Ask: Sendable, Reply: Sendable>: Sendable {
    package typealias Outcome = Result<Reply, StoreError>
    private typealias Asker = (ask: Ask, continuation: CheckedContinuation<Outcome, Never>)

    private struct State {
        var gathering: [Asker] = []
        var isUnderWay = false
    }

    private let limit: Int
    private let size: @Sendable (Ask) -> Int
    private let state = Locked(State())

    /// - Parameters:
    ///   - limit: The size up to which asks share a question. A larger one has a question of its own.
    ///   - size: Returns the size of an ask.
    package init(limit: Int = .max, size: @escaping @Sendable (Ask) -> Int = { _ in 1 }) {
        (self.limit, self.size) = (limit, size)
    }

    /// How many wait for the next question.
    package var waitingCount: Int { state.withLock { $0.gathering.count } }

    /// Returns what a question says that begins after the call.
    ///
    /// - Parameter read: Asks the question for several. It is the same for all who share this object.
    package func answer(
        to ask: Ask, by read: @escaping @Sendable ([Ask]) async -> Outcome
    ) async throws(StoreError) -> Reply {
        let outcome = await withCheckedContinuation { (continuation: CheckedContinuation<Outcome, Never>) in
            let isFirst = state.withLock { state in
                state.gathering.append((ask, continuation))
                defer { state.isUnderWay = true }
                return !state.isUnderWay
            }
            if isFirst { Task.immediate { await self.drain(read) } }
        }
        return try outcome.get()
    }

    private func drain(_ read: @Sendable ([Ask]) async -> Outcome) async {
        while let askers = takeAskers() {
            let outcome = await read(askers.map(\.ask))
            if case .failure(.corrupt) = outcome, askers.count > 1 {
                // One damaged row concerns those only who asked for it.
                for asker in askers { asker.continuation.resume(returning: await read([asker.ask])) }
            } else {
                for asker in askers { asker.continuation.resume(returning: outcome) }
            }
        }
    }

    /// Returns the first ones, up to the limit; nil, and no question is under way any more, if nobody waits.
    private func takeAskers() -> [Asker]? {
        state.withLock { state in
            var (count, total) = (0, 0)
            for asker in state.gathering {
                total += size(asker.ask)
                guard count == 0 || total <= limit else { break }
                count += 1
            }
            state.isUnderWay = count > 0
            guard count > 0 else { return nil }
            defer { state.gathering.removeFirst(count) }
            return Array(state.gathering.prefix(count))
        }
    }
}
