import CoreMetrics
import Synchronization
import Telemetry
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
    private let refusals: Counter

    /// At most `sessions` of an address, and at most `strangers` of those that have not logged in.
    package init(
        sessions: Int, strangers: Int, refusals: Metric = .refusedSessions,
        metrics: any MetricsFactory = NOOPMetricsHandler.instance
    ) {
        self.refusals = Counter(refusals, in: metrics)
        self.sessions = sessions
        self.strangers = strangers
    }

    /// Those of all addresses together.
    package var total: (sessions: Int, strangers: Int) {
        counts.withLock { counts in
            counts.values.reduce((0, 0)) { ($0.0 + $1.sessions, $0.1 + $1.strangers) }
        }
    }

    /// What an address has.
    package struct Share: Sendable, Equatable {
        package let address: String
        package let sessions: Int
        package let strangers: Int
    }

    /// The addresses that have the most sessions, those first, and at most `limit`.
    package func most(_ limit: Int) -> [Share] {
        let shares = counts.withLock { counts in
            counts.map { Share(address: $0.description, sessions: $1.sessions, strangers: $1.strangers) }
        }
        return Array(shares.sorted { ($1.sessions, $0.address) < ($0.sessions, $1.address) }.prefix(limit))
    }

    /// How many addresses have sessions.
    package var addresses: Int { counts.withLock { $0.count } }

    /// A session's place in the count, which it keeps until it calls `leave`. Confined to the session's event loop.
    struct Place {
        private let census: SessionCensus
        private let address: Network
        private var isStranger = true

        fileprivate init(_ census: SessionCensus, _ address: Network) {
            self.census = census
            self.address = address
        }

        /// Whether the session has logged in.
        mutating func note(isStranger: Bool) {
            guard isStranger != self.isStranger else { return }
            self.isStranger = isStranger
            census.change(address) { $0.strangers += isStranger ? 1 : -1 }
        }

        func leave() {
            census.change(address) { count in
                count.sessions -= 1
                count.strangers -= isStranger ? 1 : 0
            }
        }
    }

    /// Counts a new session, which has not logged in; nil, and it is not counted, when there are too many.
    ///
    /// `peer`: its address and port.
    func place(for peer: String) -> Place? {
        let address = Network(peer: peer, bits4: 32, bits6: 64)
        let hasRoom = counts.withLock { counts in
            let count = counts[address, default: Count()]
            guard count.sessions < sessions, count.strangers < strangers else { return false }
            counts[address] = Count(sessions: count.sessions + 1, strangers: count.strangers + 1)
            return true
        }
        if !hasRoom { refusals.increment() }
        return hasRoom ? Place(self, address) : nil
    }

    private func change(_ address: Network, _ body: (inout Count) -> Void) {
        counts.withLock { counts in
            guard var count = counts[address] else { return }
            body(&count)
            counts[address] = count.sessions == 0 ? nil : count
        }
    }
}
