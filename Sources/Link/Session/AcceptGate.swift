import CoreMetrics
import Glibc
import Logging
import NIOCore
import Synchronization

/// Bounds how many connections the listeners of a daemon have open together, so that descriptors are left for links, the
/// database and logs. While there are as many as may be, or the system has no descriptor left, nothing is accepted.
package final class AcceptGate: Sendable {
    private struct State {
        var open = 0
        /// The functions that let each listener accept again when a connection closes.
        var waiting: [ObjectIdentifier: @Sendable () -> Void] = [:]
        var lastReport: NIODeadline?
    }

    /// The time after which a listener tries again that found no descriptor, and in which there is one line in the log.
    static let (pause, reportInterval) = (TimeAmount.seconds(1), TimeAmount.minutes(1))

    private let capacity: Int
    private let state = Mutex(State())
    private let logger: Logger?
    private let pauses: Counter?

    /// `capacity`: of connections. `logger`, `pauses`: nil where nobody is told.
    package init(capacity: Int = .max, logger: Logger? = nil, pauses: Counter? = nil) {
        (self.capacity, self.logger, self.pauses) = (capacity, logger, pauses)
    }

    /// Connections that are open.
    package var open: Int { state.withLock { $0.open } }

    /// A connection was accepted.
    ///
    /// - Returns: whether another one may be. If not, `resume` is called when one may be.
    func enter(_ listener: ObjectIdentifier, _ resume: @escaping @Sendable () -> Void) -> Bool {
        let hasRoom = state.withLock { state in
            state.open += 1
            if state.open >= capacity { state.waiting[listener] = resume }
            return state.open < capacity
        }
        if !hasRoom { report("there are as many connections as may be", now: .now()) }
        return hasRoom
    }

    /// A connection was closed.
    func leave() {
        let waiting = state.withLock { state in
            state.open -= 1
            guard state.open < capacity else { return State().waiting }
            defer { state.waiting = [:] }
            return state.waiting
        }
        for resume in waiting.values { resume() }
    }

    /// The system refused a descriptor. `resume` is called when a connection has closed.
    func ranOut(_ reason: String, _ listener: ObjectIdentifier, _ resume: @escaping @Sendable () -> Void) {
        state.withLock { $0.waiting[listener] = resume }
        report(reason, now: .now())
    }

    private func report(_ reason: String, now: NIODeadline) {
        pauses?.increment()
        let isDue = state.withLock { state in
            if let last = state.lastReport, now - last < Self.reportInterval { return false }
            state.lastReport = now
            return true
        }
        guard isDue else { return }
        logger?.warning(
            "no connections are accepted until others close", metadata: ["reason": "\(reason)", "open": "\(open)"])
    }
}

/// Stands in a listener's pipeline: counts and notes what is accepted, and stops accepting where the gate or the system says so.
/// Without this handler NIO would try again at once, for ever, and use all of a processor.
final class AcceptHandler: ChannelInboundHandler {
    typealias InboundIn = any Channel

    private let gate: AcceptGate
    private let open: OpenChannels

    init(_ gate: AcceptGate, _ open: OpenChannels) {
        (self.gate, self.open) = (gate, open)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let (channel, gate, open) = (unwrapInboundIn(data), gate, open)
        if !gate.enter(ObjectIdentifier(self), resumption(context.channel)) { stop(context.channel) }
        let ticket = open.add(channel)
        // One closure for both, as each connection keeps it for as long as it is open.
        channel.closeFuture.whenComplete { _ in
            open.remove(ticket)
            gate.leave()
        }
        context.fireChannelRead(data)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let error = error as? IOError, [EMFILE, ENFILE, ENOBUFS, ENOMEM].contains(error.errnoCode) else {
            return context.fireErrorCaught(error)
        }
        let resume = resumption(context.channel)
        stop(context.channel)
        gate.ranOut(String(cString: strerror(error.errnoCode)), ObjectIdentifier(self), resume)
        _ = context.eventLoop.scheduleTask(in: AcceptGate.pause, resume)
    }

    private func stop(_ channel: any Channel) { try? channel.syncOptions?.setOption(.autoRead, value: false) }

    private func resumption(_ channel: any Channel) -> @Sendable () -> Void {
        { channel.setOption(.autoRead, value: true).whenFailure { _ in } }
    }
}
