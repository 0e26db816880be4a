import Synchronization

/// How many sessions a server has open: those of its connections, and those that links carry.
package final class SessionCount: Sendable {
    private let own = Atomic(0)
    private let carried = Atomic(0)
    private let open = Atomic(0)

    package init() {}

    package var value: Int { connections + lanes }

    /// Those of its connections.
    package var connections: Int { own.load(ordering: .relaxed) }

    /// Those that links carry.
    package var lanes: Int { carried.load(ordering: .relaxed) }

    package var links: Int { open.load(ordering: .relaxed) }

    /// So many have begun; fewer than none have ended.
    func add(_ difference: Int) { own.add(difference, ordering: .relaxed) }

    func addLanes(_ difference: Int) { carried.add(difference, ordering: .relaxed) }

    func addLinks(_ difference: Int) { open.add(difference, ordering: .relaxed) }
}
