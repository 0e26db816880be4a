import Synchronization

/// A switch that decides whether new sessions are accepted. Existing sessions continue either way.
package final class AdmissionSwitch: Sendable {
    private let isClosed = Atomic(false)

    package init() {}

    package var isOpen: Bool { !isClosed.load(ordering: .relaxed) }

    package func open() { isClosed.store(false, ordering: .relaxed) }

    package func close() { isClosed.store(true, ordering: .relaxed) }
}
