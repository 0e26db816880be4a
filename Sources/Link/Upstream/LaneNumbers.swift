import Synchronization
import Wire

/// Gives each session a number that no other session of the process has.
package final class LaneNumbers: Sendable {
    private let last = Atomic<UInt64>(0)

    package init() {}

    package func next() -> Lane { Lane(last.add(1, ordering: .relaxed).newValue) }
}
