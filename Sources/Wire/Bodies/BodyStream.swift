import NIOCore
import Synchronization

/// A message that passes through a proxy. Only a part of it is in memory. The producer appends bytes as they arrive,
/// and the consumer takes them when it can pass them on.
package final class BodyStream: Sendable, Equatable {
    /// The number of bytes that may wait for the consumer before the producer of a request stops reading.
    static let room = 128 << 10
    /// The number of bytes that count against a session for one passing message, whatever the length of the message.
    static let share = LaneSender.window

    /// The way in which a message ended.
    enum End: Equatable {
        case complete
        /// The message will never be complete.
        case failed(Failure)
    }

    private struct State: ~Copyable {
        var waiting = Outbox()
        /// The number of bytes that were taken or discarded since the producer last called `takeGone`.
        var gone = 0
        /// Whether the consumer has taken at least one byte.
        var hasBegun = false
        /// Whether the consumer has cancelled the message.
        var isCancelled = false
        var end: End?
        var changed: (@Sendable () -> Void)?
        var taken: (@Sendable () -> Void)?

        mutating func clear() {
            gone += waiting.count
            waiting = Outbox()
        }
    }

    /// The length of the message in bytes; nil if it is known only when the message ends.
    let count: Int?
    private let state = Mutex(State())

    package init(count: Int?) {
        self.count = count
    }

    package static func == (left: BodyStream, right: BodyStream) -> Bool { left === right }

    // MARK: - The producer's side

    /// Sets the closure that is called when the consumer has taken bytes or has cancelled the message.
    package func whenTaken(_ work: @escaping @Sendable () -> Void) { state.withLock { $0.taken = work } }

    /// Whether the producer should append more bytes now.
    var hasRoom: Bool { state.withLock { $0.isCancelled || $0.waiting.count < Self.room } }

    /// Appends bytes. They are discarded if the message has ended or the consumer has cancelled it.
    func append(_ bytes: ByteBuffer) {
        change { state in
            guard state.end == nil, !state.isCancelled else {
                state.gone += bytes.readableBytes
                return
            }
            state.waiting.write(body: bytes)
        }
    }

    /// Ends the message. Only the first call has an effect.
    func end(_ end: End) {
        change { state in
            guard state.end == nil else { return }
            state.end = end
            if end != .complete { state.clear() }
        }
    }

    /// Returns the number of bytes that were taken or discarded since the last call.
    func takeGone() -> Int {
        state.withLock { state in
            defer { state.gone = 0 }
            return state.gone
        }
    }

    private func change(_ body: (inout State) -> Void) {
        let changed = state.withLock { state in
            body(&state)
            return state.changed
        }
        changed?()
    }

    // MARK: - The consumer's side

    /// Sets the closure that is called when bytes were appended or the message has ended.
    package func whenChanged(_ work: @escaping @Sendable () -> Void) { state.withLock { $0.changed = work } }

    /// Whether the consumer has taken a part of the message.
    package var hasBegun: Bool { state.withLock { $0.hasBegun } }

    /// The number of bytes that the consumer can take now, and the way in which the message ended; nil if it has not
    /// ended.
    var status: (held: Int, end: End?) { state.withLock { ($0.waiting.count, $0.end) } }

    /// Whether the message will never be complete.
    package var hasFailed: Bool { if case .failed? = status.end { true } else { false } }

    /// Whether the message has ended and the consumer has no bytes left to take.
    var isOver: Bool { state.withLock { $0.end != nil && $0.waiting.isEmpty } }

    /// Takes at most `count` bytes.
    func take(upTo count: Int) -> [ByteBuffer] {
        let (parts, taken) = state.withLock { state in
            let contents = state.waiting.take(upTo: count)
            state.gone += contents.count
            if contents.count > 0 { state.hasBegun = true }
            return (contents.all, contents.count > 0 ? state.taken : nil)
        }
        taken?()
        return parts
    }

    /// Tells the producer that the consumer needs no more bytes. Bytes that wait or are appended later are discarded.
    func cancel() {
        let taken = state.withLock { state -> (@Sendable () -> Void)? in
            guard !state.isCancelled, state.end == nil || !state.waiting.isEmpty else { return nil }
            state.isCancelled = true
            state.clear()
            return state.taken
        }
        taken?()
    }
}
