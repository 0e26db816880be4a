import NIOCore
import Synchronization

/// A message that passes through a proxy, of which only a part is in memory. Its producer appends octets as they come, and
/// its consumer takes them as it can pass them on.
package final class BodyStream: Sendable, Equatable {
    /// Octets that may wait for the consumer before the producer of a request reads no more of it.
    static let room = 128 << 10
    /// Octets that a session is counted with for one message that passes, whatever its length.
    static let share = LaneSender.window

    /// How a message ended.
    enum End: Equatable {
        case complete
        /// The message will never be complete.
        case failed(Failure)
    }

    private struct State: ~Copyable {
        var waiting = Outbox()
        /// Octets that were taken or thrown away since the producer asked last.
        var gone = 0
        /// Whether the consumer has taken anything.
        var hasBegun = false
        /// Whether the consumer wants no more.
        var isCancelled = false
        var end: End?
        var changed: (@Sendable () -> Void)?
        var taken: (@Sendable () -> Void)?

        mutating func clear() {
            gone += waiting.count
            waiting = Outbox()
        }
    }

    /// The length of the message in octets; nil where that is not known before its end.
    let count: Int?
    private let state = Mutex(State())

    package init(count: Int?) {
        self.count = count
    }

    package static func == (left: BodyStream, right: BodyStream) -> Bool { left === right }

    // MARK: - The producer's side

    /// `work` is called when the consumer has taken octets, or wants no more.
    package func whenTaken(_ work: @escaping @Sendable () -> Void) { state.withLock { $0.taken = work } }

    /// Whether the producer should append more now.
    var hasRoom: Bool { state.withLock { $0.isCancelled || $0.waiting.count < Self.room } }

    /// Appends octets. If the message has ended or the consumer wants no more, they are thrown away.
    func append(_ octets: ByteBuffer) {
        change { state in
            guard state.end == nil, !state.isCancelled else {
                state.gone += octets.readableBytes
                return
            }
            state.waiting.write(body: octets)
        }
    }

    /// Ends the message. The first call counts.
    func end(_ end: End) {
        change { state in
            guard state.end == nil else { return }
            state.end = end
            if end != .complete { state.clear() }
        }
    }

    /// Returns the octets that were taken or thrown away since the last call.
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

    /// `work` is called when octets were appended, or the message has ended.
    package func whenChanged(_ work: @escaping @Sendable () -> Void) { state.withLock { $0.changed = work } }

    /// Whether a part of the message has been taken.
    package var hasBegun: Bool { state.withLock { $0.hasBegun } }

    /// What there is to take: the octets that wait, and how the message has ended, if it has.
    var standing: (held: Int, end: End?) { state.withLock { ($0.waiting.count, $0.end) } }

    /// Whether the message will never be complete.
    package var hasFailed: Bool { if case .failed? = standing.end { true } else { false } }

    /// Whether the message has ended and nothing of it waits.
    var isOver: Bool { state.withLock { $0.end != nil && $0.waiting.isEmpty } }

    /// Takes up to so many octets.
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

    /// The consumer wants no more. What waits and what is appended later is thrown away.
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
