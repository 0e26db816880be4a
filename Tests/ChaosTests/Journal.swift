import Foundation
import Synchronization

/// What the sessions ask for.
enum Kind: String, CaseIterable {
    case signUp, logIn, passwd, encrypt, decrypt, sign, verify, whoAmI

    /// Whether it may be run twice.
    var isRepeatable: Bool { self != .signUp && self != .passwd }
}

/// What became of a request.
enum Outcome {
    case done(String)
    /// 4yz that says that nothing was done.
    case refused(String)
    /// Nobody knows whether it was done: the connection or a link was cut before the answer.
    case unknown(String)
    /// Nothing was done, for a good reason.
    case loggedOut
}

/// A message that was sealed to somebody, and that it was is acknowledged.
struct Sealed {
    let text: String
    let message: String
    let from: String
}

/// What all sessions write down together.
final class Journal: Sendable {
    private struct State {
        var done = 0
        var refused: [String: Int] = [:]
        var unknown = 0
        /// Since `mark`: when the first success of each kind and of each session came.
        var marked = ContinuousClock.now
        var firsts: [Kind: Duration] = [:]
        var sessions: [Int: Duration] = [:]
        /// Since `mark`: what failed that may be repeated.
        var failures: [String] = []
        var violations: [String] = []
        /// By the place of whom they are for.
        var sealed: [Int: [Sealed]] = [:]
    }

    private let state = Mutex(State())

    /// A recovery is over when this is not nil: how long the first success of each kind, and of each session, took.
    func recovery(of sessions: Int) -> (kinds: Duration, sessions: Duration)? {
        state.withLock { state in
            guard state.firsts.count == Kind.allCases.count, state.sessions.count == sessions else { return nil }
            return (state.firsts.values.max()!, state.sessions.values.max()!)
        }
    }

    /// Kinds and sessions that had no success since the mark.
    func missing(of sessions: Int) -> String {
        state.withLock { state in
            let kinds = Kind.allCases.filter { state.firsts[$0] == nil }.map(\.rawValue)
            let places = (0..<sessions).filter { state.sessions[$0] == nil }
            return "\(kinds), sessions \(places); \(state.refused)"
        }
    }

    var failures: [String] { state.withLock { $0.failures } }
    var violations: [String] { state.withLock { $0.violations } }
    var counts: (done: Int, refused: Int, unknown: Int) {
        state.withLock { ($0.done, $0.refused.values.reduce(0, +), $0.unknown) }
    }
    /// What was said by those who refused, and how often.
    var refusals: [String: Int] { state.withLock { $0.refused } }

    func mark() {
        state.withLock { ($0.marked, $0.firsts, $0.sessions, $0.failures) = (.now, [:], [:], []) }
    }

    /// `asked`: when. What was asked before the mark says nothing about the time after it.
    func note(_ outcome: Outcome, of kind: Kind, from session: Int, asked: ContinuousClock.Instant) {
        state.withLock { state in
            switch outcome {
            case .done:
                state.done += 1
                guard asked >= state.marked else { return }
                let took = state.marked.duration(to: .now)
                if state.firsts[kind] == nil { state.firsts[kind] = took }
                if state.sessions[session] == nil { state.sessions[session] = took }
                return
            case .loggedOut: return
            case .refused(let reply): state.refused[reply, default: 0] += 1
            case .unknown(let reply):
                state.unknown += 1
                state.refused[reply, default: 0] += 0
            }
            if kind.isRepeatable { state.failures.append("session \(session), \(kind): \(outcome)") }
        }
    }

    func violated(_ line: String) { state.withLock { $0.violations.append(line) } }

    func add(_ sealed: Sealed, for place: Int) { state.withLock { $0.sealed[place, default: []].append(sealed) } }

    /// What was sealed for somebody since this was last asked.
    func takeSealed(for place: Int) -> [Sealed] {
        state.withLock { $0.sealed.removeValue(forKey: place) ?? [] }
    }
}

/// How the sessions work: at first with a pause between two requests.
final class Tempo: Sendable {
    private let wanted = Atomic(true)
    private let haste = Atomic(false)

    var isWanted: Bool { wanted.load(ordering: .relaxed) }
    /// Without pauses, so that most of them wait for an answer at any time.
    var isHasty: Bool { haste.load(ordering: .relaxed) }

    func hurry(_ isHasty: Bool) { haste.store(isHasty, ordering: .relaxed) }
    func end() { wanted.store(false, ordering: .relaxed) }
}
