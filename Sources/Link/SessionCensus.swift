import Synchronization
import Wire

/// How many sessions each client address has, and how many of them have not logged in; both are bounded.
///
/// An IPv6 client has a whole /64 to choose addresses from, which counts as one address.
package final class SessionCensus: Sendable {
    private struct Count {
        var sessions = 0
        var strangers = 0
    }

    private let sessions: Int
    private let strangers: Int
    private let counts = Mutex<[Network: Count]>([:])

    /// At most `sessions` of an address, and at most `strangers` of those that have not logged in.
    package init(sessions: Int, strangers: Int) {
        self.sessions = sessions
        self.strangers = strangers
    }

    static func address(of peer: String) -> Network { Network(peer: peer, bits4: 32, bits6: 64) }

    /// Counts a new session, which has not logged in; false, and it is not counted, when there are too many.
    func enter(_ address: Network) -> Bool {
        counts.withLock { counts in
            let count = counts[address, default: Count()]
            guard count.sessions < sessions, count.strangers < strangers else { return false }
            counts[address] = Count(sessions: count.sessions + 1, strangers: count.strangers + 1)
            return true
        }
    }

    /// A session has logged in, or out.
    func change(_ address: Network, isStranger: Bool) {
        counts.withLock { $0[address]?.strangers += isStranger ? 1 : -1 }
    }

    func leave(_ address: Network, isStranger: Bool) {
        counts.withLock { counts in
            guard var count = counts[address] else { return }
            count.sessions -= 1
            count.strangers -= isStranger ? 1 : 0
            counts[address] = count.sessions == 0 ? nil : count
        }
    }
}
