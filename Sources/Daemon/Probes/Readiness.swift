import Synchronization

/// The readiness of a daemon, made of the readiness of its parts.
package struct Readiness: Sendable {
    /// Returns what is missing for a part to be ready, in a few words each. An empty list means that the part is
    /// ready.
    package typealias Part = @Sendable () async -> [String]

    private let check: SharedCheck<[String]>

    /// Creates a readiness check. All parts together have the time of `limit` to answer.
    package init(_ parts: [Part], limit: Duration = .seconds(2)) {
        check = SharedCheck(limit: limit) {
            var missing: [String] = []
            for part in parts { missing += await part() }
            return missing
        }
    }

    /// The reasons why parts are not ready, in the order of the parts.
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

    /// The part of a daemon's readiness that this state contributes.
    package var missing: [String] {
        switch current {
        case .starting: ["daemon: not listening yet"]
        case .listening: []
        case .stopping: ["daemon: stopping"]
        }
    }
}
