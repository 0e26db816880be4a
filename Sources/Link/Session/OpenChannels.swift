import NIOCore
import Synchronization

/// The open connections of a listener.
final class OpenChannels: Sendable {
    private let channels = Mutex(SlotMap<any Channel>())

    var all: [any Channel] { channels.withLock { $0.all } }

    /// Adds a channel, and returns the number of its slot.
    func add(_ channel: any Channel) -> Int { channels.withLock { $0.add(channel) } }

    func remove(_ slot: Int) { channels.withLock { _ = $0.take(slot) } }
}
