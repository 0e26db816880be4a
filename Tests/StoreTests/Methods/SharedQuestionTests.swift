import Store
import Synchronization
import TestKit
import Testing

@Suite("Questions that several callers share", .timeLimit(.minutes(5))) struct SharedQuestionTests {
    private typealias Question = SharedQuestion<Int, [Int]>

    /// A reader that answers each question with its asks. A test decides when a question is answered.
    private final class Reader: Sendable {
        private let state = Mutex((questions: [[Int]](), held: [CheckedContinuation<Question.Outcome, Never>]()))

        var questions: [[Int]] { state.withLock { $0.questions } }

        func read(_ asks: [Int]) async -> Question.Outcome {
            await withCheckedContinuation { continuation in
                state.withLock { state in
                    state.questions.append(asks)
                    state.held.append(continuation)
                }
            }
        }

        /// Ends the question that is running.
        func end(with failure: StoreError? = nil) async {
            while state.withLock({ $0.held.isEmpty }), !Task.isCancelled { await Task.yield() }
            let (held, asks) = state.withLock { ($0.held.removeFirst(), $0.questions.last!) }
            held.resume(returning: failure.map { .failure($0) } ?? .success(asks))
        }
    }

    /// Starts several asks, one after another, while the first question is running.
    ///
    /// - Parameter origins: The origin of each ask.
    private func ask(
        _ asks: [Int], from origins: [UInt64]? = nil, _ question: Question, _ reader: Reader
    ) async -> [Task<Result<[Int], StoreError>, Never>] {
        var tasks: [Task<Result<[Int], StoreError>, Never>] = []
        for (index, ask) in asks.enumerated() {
            tasks.append(
                Task {
                    do throws(StoreError) {
                        let origin = origins?[index] ?? 0
                        return .success(try await question.answer(to: ask, from: origin) { await reader.read($0) })
                    } catch {
                        return .failure(error)
                    }
                })
            while reader.questions.isEmpty || question.waitingCount < index, !Task.isCancelled { await Task.yield() }
        }
        return tasks
    }

    @Test("Callers that arrive during a question share the next one")
    func thoseWhoComeWhileOneIsUnderWayShareTheNext() async {
        let (question, reader) = (Question(), Reader())
        let tasks = await ask([1, 2, 3, 2], question, reader)
        #expect(reader.questions == [[1]])
        await reader.end()
        #expect(await tasks[0].value == .success([1]))
        await reader.end()
        for task in tasks[1...] { #expect(await task.value == .success([2, 3, 2])) }
        // No question is running any more, so the next ask begins a question at once.
        let last = await ask([4], question, reader)
        await reader.end()
        #expect(await last[0].value == .success([4]))
        #expect(reader.questions == [[1], [2, 3, 2], [4]])
    }

    @Test("A question stays within its limit, and an ask that exceeds the limit goes alone")
    func questionIsBounded() async {
        let (question, reader) = (Question(limit: 5) { $0 }, Reader())
        let tasks = await ask([1, 2, 3, 9, 1, 4, 1], question, reader)
        for _ in 0..<5 { await reader.end() }
        for task in tasks { _ = await task.value }
        #expect(reader.questions == [[1], [2, 3], [9], [1, 4], [1]])
    }

    @Test("An origin that asks much does not keep other origins waiting")
    func oneOriginThatAsksMuchDoesNotKeepOthersWaiting() async {
        let (question, reader) = (Question(limit: 5) { $0 }, Reader())
        let tasks = await ask([1, 4, 4, 4, 3, 1, 2], from: [1, 1, 1, 1, 2, 3, 2], question, reader)
        for _ in 0..<6 { await reader.end() }
        for task in tasks { _ = await task.value }
        #expect(reader.questions == [[1], [3, 1], [4], [2], [4], [4]])
    }

    @Test("All callers that share a question receive its failure")
    func failureIsToldToAllWhoShareIt() async {
        let (question, reader) = (Question(), Reader())
        let tasks = await ask([1, 2, 3], question, reader)
        await reader.end()
        await reader.end(with: .busy)
        #expect(await tasks[1].value == .failure(.busy))
        #expect(await tasks[2].value == .failure(.busy))
        #expect(reader.questions == [[1], [2, 3]])
    }

    @Test("Damage is reported only to the caller whose own ask finds it")
    func damageConcernsThoseWhoAskedForIt() async {
        let (question, reader) = (Question(), Reader())
        let tasks = await ask([1, 2, 3], question, reader)
        await reader.end()
        await reader.end(with: .corrupt)
        await reader.end(with: .corrupt)
        await reader.end()
        #expect(await tasks[1].value == .failure(.corrupt))
        #expect(await tasks[2].value == .success([3]))
        #expect(reader.questions == [[1], [2, 3], [2], [3]])
    }
}
