import NIOCore
import Wire

/// The deadline of a session: the event for which it waits, and the time at which the wait began. A TLS handshake has a
/// deadline of its own.
struct SessionDeadline {
    private var since = NIODeadline.now()
    private var progress: UInt32 = 0
    private var wait = SessionMachine.Wait.nothing
    /// The time at which a TLS handshake began that has not ended.
    private var handshake: NIODeadline?

    /// Notes the current wait of the machine. A new wait begins when the wait or the machine's progress has changed.
    mutating func note(_ wait: SessionMachine.Wait, _ progress: UInt32) {
        guard wait != self.wait || progress != self.progress else { return }
        (since, self.progress, self.wait) = (.now(), progress, wait)
    }

    mutating func handshakeBegan() { handshake = .now() }

    mutating func handshakeEnded() { handshake = nil }

    /// Whether a TLS handshake has begun and has not ended.
    var isInHandshake: Bool { handshake != nil }

    /// Returns whether a TLS handshake has taken too long.
    func isHandshakeOver(_ timeouts: SessionTimeouts) -> Bool {
        handshake.map { NIODeadline.now() - $0 >= timeouts.request } ?? false
    }

    /// Returns whether the wait has taken too long.
    ///
    /// - Parameters:
    ///   - isWritable: Whether the client reads its answers. A client that does not read gets the time of an idle one.
    ///   - arrived: The number of bytes that have arrived of the request that is being read.
    func isOver(_ timeouts: SessionTimeouts, isWritable: Bool, arrived: @autoclosure () -> Int) -> Bool {
        guard let limit = timeouts.limit(for: isWritable ? wait : .request, arrived: arrived()) else { return false }
        return NIODeadline.now() - since >= limit
    }
}
