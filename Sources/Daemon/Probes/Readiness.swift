import Synchronization

/// Whether a daemon can do what it is for, part by part.
package struct Readiness: Sendable {
    /// What is not ready about a part, in a few words; empty if it is.
    package typealias Part = @Sendable () async -> [String]

    private let check: SharedCheck<[String]>

    /// `limit`: how long the parts may take together to say what is missing.
    package init(_ parts: [Part], limit: Duration = .seconds(4)) {
        check = SharedCheck(limit: limit) {
            var missing: [String] = []
            for part in parts { missing += await part() }
            return missing
        }
    }

    /// The parts that are not ready, in their order.
    package var missing: [String] {
        get async { await check.value ?? ["daemon: no answer within \(check.limit)"] }
    }
}

/// Whether a daemon takes connections.
package final class ServingState: Sendable {
    package enum State: UInt8, AtomicRepresentable {
        case starting, listening, stopping
    }

    private let stored = Atomic(State.starting)

    package init() {}

    package var current: State { stored.load(ordering: .relaxed) }

    package func become(_ state: State) { stored.store(state, ordering: .relaxed) }

    /// For a daemon's readiness.
    package var missing: [String] {
        switch current {
        case .starting: ["daemon: not listening yet"]
        case .listening: []
        case .stopping: ["daemon: stopping"]
        }
    }
}
