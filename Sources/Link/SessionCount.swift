import Synchronization

/// How many sessions a server has open: those of its connections, and those that links carry.
package final class SessionCount: Sendable {
    private let open = Atomic(0)

    package init() {}

    package var value: Int { open.load(ordering: .relaxed) }

    /// So many have begun; fewer than none have ended.
    func add(_ difference: Int) {
        open.add(difference, ordering: .relaxed)
    }
}
