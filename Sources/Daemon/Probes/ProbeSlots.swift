import Synchronization
import Wire

/// The slots for connections of monitoring. Their number limits the connections at one time, and one address may have
/// a quarter of them.
///
/// If no slot is free for a new connection, it takes that of the connection that has waited longest for its request.
/// A client that holds connections open without asking can therefore keep nobody out.
final class ProbeSlots: Sendable {
    /// A slot, which becomes free when its last reference is released.
    final class Slot: Sendable {
        private let slots: ProbeSlots
        private let number: Int

        fileprivate init(_ slots: ProbeSlots, _ number: Int) {
            (self.slots, self.number) = (slots, number)
        }

        /// Notes that the request has arrived, so that no other connection takes this slot.
        func isAsked() { slots.isAsked(number) }

        deinit { slots.free(number) }
    }

    private struct Holder {
        let address: Network?
        /// A closure that closes the connection; nil once its request has arrived.
        var close: (@Sendable () -> Void)?
    }

    private struct State {
        var last = 0
        /// The holders of slots, by numbers that grow with time.
        var holders: [Int: Holder] = [:]

        /// Takes the slot of the connection that has waited longest, and returns how to close the connection; nil if
        /// no connection waits.
        mutating func takeLongestWaiting(where isMeant: (Holder) -> Bool) -> (@Sendable () -> Void)? {
            let waiting = holders.filter { $0.value.close != nil && isMeant($0.value) }
            guard let (number, holder) = waiting.min(by: { $0.key < $1.key }) else { return nil }
            holders[number] = nil
            return holder.close
        }
    }

    private let limit: Int
    private let share: Int
    private let state = Mutex(State())

    init(_ limit: Int) {
        (self.limit, share) = (limit, max(1, limit / 4))
    }

    /// Returns a slot; nil if none is free and no connection waits for its request.
    ///
    /// - Parameters:
    ///   - address: The client's address; nil for a Unix socket, whose clients have no share but all slots.
    ///   - close: A closure that closes the connection, for the case that another one takes its slot.
    func take(for address: Network? = nil, close: @escaping @Sendable () -> Void) -> Slot? {
        let (number, closing) = state.withLock { state -> (Int?, (@Sendable () -> Void)?) in
            var closing: (@Sendable () -> Void)?
            if let address, state.holders.values.count(where: { $0.address == address }) >= share {
                closing = state.takeLongestWaiting { $0.address == address }
                if closing == nil { return (nil, nil) }
            } else if state.holders.count >= limit {
                closing = state.takeLongestWaiting { _ in true }
                if closing == nil { return (nil, nil) }
            }
            state.last += 1
            state.holders[state.last] = Holder(address: address, close: close)
            return (state.last, closing)
        }
        closing?()
        return number.map { Slot(self, $0) }
    }

    private func isAsked(_ number: Int) { state.withLock { $0.holders[number]?.close = nil } }

    private func free(_ number: Int) { state.withLock { $0.holders[number] = nil } }
}
