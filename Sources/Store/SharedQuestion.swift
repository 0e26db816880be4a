/// Lets those who ask at the same time share a question: while one is under way the others gather, and the next question
/// is asked for all of them. A question that is under way counts for nobody who came later.
///
/// If more is asked than fits into one question, the origins of the asks have their turn one after the other, so that
/// an origin that asks much does not keep the others waiting.
package final class SharedQuestion<Ask: Sendable, Reply: Sendable>: Sendable {
    package typealias Outcome = Result<Reply, StoreError>

    private struct Asker {
        let ask: Ask
        let continuation: CheckedContinuation<Outcome, Never>
        let size: Int
        /// The rank in the order, counted in sizes: what its origin has asked before it, after what was taken before it.
        let rank: Int
    }

    private struct State {
        /// The asks in the order in which they are taken.
        var gathering: [Asker] = []
        /// The rank at which the asks of each origin end. An origin that ends before what was taken need not be here.
        var ends: [UInt64: Int] = [:]
        /// The highest rank that was taken.
        var taken = 0
        var isUnderWay = false

        /// Adds an ask after all whose ranks are not higher.
        mutating func add(_ asker: Asker) {
            var (low, high) = (0, gathering.count)
            while low < high {
                let middle = (low + high) / 2
                if gathering[middle].rank <= asker.rank { low = middle + 1 } else { high = middle }
            }
            gathering.insert(asker, at: low)
        }
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

    /// The number of asks that wait for the next question.
    package var waitingCount: Int { state.withLock { $0.gathering.count } }

    /// Returns the reply to a question that begins after the call.
    ///
    /// - Parameters:
    ///   - origin: The origin of the ask; the same for all asks that need not be told apart.
    ///   - read: Asks the question for several asks. It is the same for all who share this object.
    package func answer(
        to ask: Ask, from origin: UInt64 = 0, by read: @escaping @Sendable ([Ask]) async -> Outcome
    ) async throws(StoreError) -> Reply {
        let outcome = await withCheckedContinuation { (continuation: CheckedContinuation<Outcome, Never>) in
            let size = size(ask)
            let isFirst = state.withLock { state in
                let rank = max(state.taken, state.ends[origin] ?? 0)
                state.ends[origin] = rank + size
                state.add(Asker(ask: ask, continuation: continuation, size: size, rank: rank))
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
                // A damaged row concerns only those who asked for it.
                for asker in askers { asker.continuation.resume(returning: await read([asker.ask])) }
            } else {
                for asker in askers { asker.continuation.resume(returning: outcome) }
            }
        }
    }

    /// Returns the first asks, up to the limit; nil if nobody waits, and then no question is under way any more.
    private func takeAskers() -> [Asker]? {
        state.withLock { state in
            var (count, total) = (0, 0)
            for asker in state.gathering {
                total += asker.size
                guard count == 0 || total <= limit else { break }
                count += 1
            }
            state.isUnderWay = count > 0
            guard count > 0 else {
                (state.ends, state.taken) = ([:], 0)
                return nil
            }
            defer { state.gathering.removeFirst(count) }
            state.taken = state.gathering[count - 1].rank
            if state.ends.count > 2 * state.gathering.count {
                state.ends = state.ends.filter { [taken = state.taken] in $0.value > taken }
            }
            return Array(state.gathering.prefix(count))
        }
    }
}
