import Synchronization

/// Whether new sessions are taken; those that there are go on either way.
package final class Admission: Sendable {
    private let isClosed = Atomic(false)

    package init() {}

    package var isOpen: Bool { !isClosed.load(ordering: .relaxed) }

    package func open() { isClosed.store(false, ordering: .relaxed) }

    package func close() { isClosed.store(true, ordering: .relaxed) }
}
