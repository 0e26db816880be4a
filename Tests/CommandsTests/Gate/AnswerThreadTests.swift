import Commands
import Dispatch
import Foundation
import Synchronization
import TestKit
import Testing
import Wire

@Suite("The thread on which the gate answers", .timeLimit(.minutes(5)))
struct AnswerThreadTests {
    private struct Seen: Sendable {
        let answer: Answer
        let isOnCallersThread: Bool
        /// Whether the gate returned the answer, or gave it before `respond` returned.
        let isAtOnce: Bool
    }

    /// Issues a request to the gate on a new thread, and returns the answer and how it arrived.
    private static func give(
        _ line: String, literal: String? = nil, token: String?, _ bench: Bench
    ) async throws -> Seen {
        let (request, gate) = try bench.request(line, literal: literal)
        return await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                let (caller, hasReturned) = (pthread_self(), Returned())
                // The thread waits for the answer, because its number could be reused after it has ended.
                let isAnswered = DispatchSemaphore(value: 0)
                let from = Caller(lane: 1, peer: "test", token: token)
                var clock = TurnClock()
                if let answer = gate.answer(to: request, from: from, &clock) {
                    return continuation.resume(
                        returning: Seen(answer: answer, isOnCallersThread: true, isAtOnce: true))
                }
                gate.respond(to: request, from: from) { answer in
                    let seen = Seen(
                        answer: answer, isOnCallersThread: pthread_equal(pthread_self(), caller) != 0,
                        isAtOnce: !hasReturned.value.load(ordering: .relaxed))
                    continuation.resume(returning: seen)
                    isAnswered.signal()
                }
                hasReturned.value.store(true, ordering: .relaxed)
                isAnswered.wait()
            }
        }
    }

    private static func bench() async throws -> (Bench, token: String) {
        let bench = try Bench()
        #expect(try await bench.answer("SIGNUP alice \"correct horse\"").reply.code == 250)
        return (bench, try await bench.logIn())
    }

    @Test("A request that need not wait is answered on the caller's thread before the gate returns")
    func atOnce() async throws {
        let (bench, token) = try await Self.bench()
        let session = try await bench.session()
        _ = try await session.ask("LOGIN alice \"correct horse\"")
        let sealed = try await session.ask("ENCRYPT hello").dropFirst("250 2.0.0 ".count)
        for line in ["WHOAMI", "ENCRYPT hello", "SIGN hello", "PUBKEY alice", "DECRYPT \(sealed)"] {
            // The first request reads the data from the store.
            #expect(try await bench.answer(line, token: token).reply.code == 250, "\(line)")
            let seen = try await Self.give(line, token: token, bench)
            #expect(seen.answer.reply.code == 250)
            #expect(seen.isAtOnce && seen.isOnCallersThread, "\(line)")
        }
        let refused = try await Self.give("WHOAMI", token: nil, bench)
        #expect(refused.answer.reply.code == 530 && refused.isAtOnce && refused.isOnCallersThread)
    }

    @Test("The caller's thread processes a message of up to 64 KiB, but not a longer one")
    func large() async throws {
        let (bench, token) = try await Self.bench()
        _ = try await bench.answer("ENCRYPT hello", token: token)
        for (count, isAtOnce) in [(65_536, true), (65_537, false), (1_000_000, false)] {
            let literal = String(repeating: "x", count: count)
            let seen = try await Self.give("ENCRYPT ", literal: literal, token: token, bench)
            #expect(seen.answer.reply.code == 250)
            #expect(seen.isOnCallersThread == isAtOnce, "\(count)")
        }
    }
}

private final class Returned: Sendable {
    let value = Atomic(false)
}
