import CoreMetrics
import Synchronization
import Telemetry
import Wire

/// Limits the sessions of each client address, and among them those that have not logged in.
///
/// An IPv6 client can choose addresses from a whole /64, so a /64 counts as one address.
package final class AddressLimiter: Sendable {
    private struct Count {
        var sessions = 0
        var unauthenticated = 0
    }

    private let sessions: Int
    private let unauthenticated: Int
    private let counts = Mutex<[Network: Count]>([:])
    private let refusals: Counter

    /// - Parameters:
    ///   - sessions: the most sessions of one address.
    ///   - unauthenticated: the most sessions of one address that have not logged in.
    ///   - refusals: the metric that counts refused sessions.
    package init(
        sessions: Int, unauthenticated: Int, refusals: Metric = .refusedSessions,
        metrics: any MetricsFactory = NOOPMetricsHandler.instance
    ) {
        self.refusals = Counter(refusals, in: metrics)
        self.sessions = sessions
        self.unauthenticated = unauthenticated
    }

    /// The sessions of all addresses together.
    package var total: (sessions: Int, unauthenticated: Int) {
        counts.withLock { counts in
            counts.values.reduce((0, 0)) { ($0.0 + $1.sessions, $0.1 + $1.unauthenticated) }
        }
    }

    /// The sessions of one address.
    package struct AddressUsage: Sendable, Equatable {
        package let address: String
        package let sessions: Int
        package let unauthenticated: Int
    }

    /// Returns the addresses with the most sessions, at most `limit` of them, in descending order.
    package func busiest(_ limit: Int) -> [AddressUsage] {
        let shares = counts.withLock { counts in
            counts.map {
                AddressUsage(address: $0.description, sessions: $1.sessions, unauthenticated: $1.unauthenticated)
            }
        }
        return Array(shares.sorted { ($1.sessions, $0.address) < ($0.sessions, $1.address) }.prefix(limit))
    }

    /// The number of addresses that have sessions.
    package var addresses: Int { counts.withLock { $0.count } }

    /// A session's slot, which it keeps until it calls `leave`. Confined to the session's event loop.
    struct Slot {
        private let limiter: AddressLimiter
        private let address: Network
        private var isUnauthenticated = true

        fileprivate init(_ limiter: AddressLimiter, _ address: Network) {
            self.limiter = limiter
            self.address = address
        }

        /// Notes whether the session has not logged in.
        mutating func note(isUnauthenticated: Bool) {
            guard isUnauthenticated != self.isUnauthenticated else { return }
            self.isUnauthenticated = isUnauthenticated
            limiter.change(address) { $0.unauthenticated += isUnauthenticated ? 1 : -1 }
        }

        func leave() {
            limiter.change(address) { count in
                count.sessions -= 1
                count.unauthenticated -= isUnauthenticated ? 1 : 0
            }
        }
    }

    /// Counts a new session, which has not logged in.
    ///
    /// `peer`: the client's address and port.
    /// - Returns: nil if the address has too many sessions. Then the session is not counted.
    func takeSlot(for peer: String) -> Slot? {
        let address = Network(peer: peer, bits4: 32, bits6: 64)
        let hasRoom = counts.withLock { counts in
            let count = counts[address, default: Count()]
            guard count.sessions < sessions, count.unauthenticated < unauthenticated else { return false }
            counts[address] = Count(sessions: count.sessions + 1, unauthenticated: count.unauthenticated + 1)
            return true
        }
        if !hasRoom { refusals.increment() }
        return hasRoom ? Slot(self, address) : nil
    }

    private func change(_ address: Network, _ body: (inout Count) -> Void) {
        counts.withLock { counts in
            guard var count = counts[address] else { return }
            body(&count)
            counts[address] = count.sessions == 0 ? nil : count
        }
    }
}
