import Foundation
import Synchronization

/// The kinds of requests that the sessions make.
enum Kind: String, CaseIterable {
    case signUp, logIn, passwd, encrypt, decrypt, sign, verify, whoAmI

    /// Whether such a request may be run twice.
    var isRepeatable: Bool { self != .signUp && self != .passwd }
}

/// The outcome of a request.
enum Outcome {
    case done(String)
    /// The reply was a 4yz which says that nothing was done.
    case refused(String)
    /// Whether the request was done is unknown, because the connection or a link was cut before the answer.
    case unknown(String)
    /// Nothing was done, because the session was rightly logged out.
    case loggedOut
}

/// A message whose sealing was acknowledged.
struct Sealed {
    let text: String
    let message: String
    let from: String
}

/// The records that all sessions share.
final class Journal: Sendable {
    private struct State {
        var done = 0
        var refused: [String: Int] = [:]
        var unknown = 0
        /// The time of `mark`, and the times from then to the first success of each kind and of each session.
        var marked = ContinuousClock.now
        var firsts: [Kind: Duration] = [:]
        var sessions: [Int: Duration] = [:]
        /// The failures of repeatable requests since `mark`.
        var failures: [String] = []
        var violations: [String] = []
        /// The sealed messages, by the place of the session that is their recipient.
        var sealed: [Int: [Sealed]] = [:]
    }

    private let state = Mutex(State())

    /// Returns the longest times from the mark to the first success of a kind and of a session. It returns nil while
    /// a kind or a session has had no success, so the recovery is not over.
    func recovery(of sessions: Int) -> (kinds: Duration, sessions: Duration)? {
        state.withLock { state in
            guard state.firsts.count == Kind.allCases.count, state.sessions.count == sessions else { return nil }
            return (state.firsts.values.max()!, state.sessions.values.max()!)
        }
    }

    /// Returns the kinds and the sessions without a success since the mark, in words.
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
    /// The replies that refused requests, with their numbers.
    var refusals: [String: Int] { state.withLock { $0.refused } }

    func mark() {
        state.withLock { ($0.marked, $0.firsts, $0.sessions, $0.failures) = (.now, [:], [:], []) }
    }

    /// Notes the outcome of a request that was sent at `asked`. The success of a request that was sent before the
    /// mark does not count as a recovery after it.
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

    /// Removes and returns the messages that were sealed for a session since the last call.
    func takeSealed(for place: Int) -> [Sealed] {
        state.withLock { $0.sealed.removeValue(forKey: place) ?? [] }
    }
}

/// The pace of the sessions. At first they pause between two requests.
final class Tempo: Sendable {
    private let wanted = Atomic(true)
    private let haste = Atomic(false)

    var isWanted: Bool { wanted.load(ordering: .relaxed) }
    /// Whether the sessions make no pauses. Then most of them wait for an answer at any time.
    var isHasty: Bool { haste.load(ordering: .relaxed) }

    func hurry(_ isHasty: Bool) { haste.store(isHasty, ordering: .relaxed) }
    func end() { wanted.store(false, ordering: .relaxed) }
}
