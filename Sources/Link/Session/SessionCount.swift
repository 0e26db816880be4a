import Synchronization

/// The number of sessions that a server has open: those of its own connections, and those that links carry.
package final class SessionCount: Sendable {
    private let own = Atomic(0)
    private let carried = Atomic(0)
    private let open = Atomic(0)

    package init() {}

    package var value: Int { connections + lanes }

    /// The number of sessions on connections of their own.
    package var connections: Int { own.load(ordering: .relaxed) }

    /// The number of sessions that links carry.
    package var lanes: Int { carried.load(ordering: .relaxed) }

    package var links: Int { open.load(ordering: .relaxed) }

    /// Adds to the number of sessions on connections. A negative difference takes away.
    func add(_ difference: Int) { own.add(difference, ordering: .relaxed) }

    func addLanes(_ difference: Int) { carried.add(difference, ordering: .relaxed) }

    func addLinks(_ difference: Int) { open.add(difference, ordering: .relaxed) }
}
