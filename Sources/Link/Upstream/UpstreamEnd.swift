import NIOCore
import Wire

/// The machine of a link's near end, what it has written, and who waits for its answers. They are touched together.
struct UpstreamEnd: ~Copyable {
    var machine: UpstreamMachine
    var output = Outbox()
    var pending = Tickets<ReturnPath>()

    init(to peer: UpstreamMachine.Peer, mostUnwritten: Int) {
        machine = UpstreamMachine(to: peer, mostUnwritten: mostUnwritten)
    }

    /// Sends a request, whose answer goes to `path`.
    ///
    /// - Parameter limit: Requests that may be under way.
    /// - Returns: why nothing is sent; nil if the request is.
    mutating func send(
        _ request: Request, from caller: Caller, account: String?, _ path: ReturnPath, upTo limit: Int
    ) -> Failure? {
        guard let ticket = pending.add(path, upTo: limit) else { return .serverBusy }
        if machine.send(request, as: ticket, from: caller, account: account, into: &output) { return nil }
        _ = pending.take(ticket)
        return !machine.isReady ? .serverDown : machine.isShort(request) ? .serverBusy : .literalTooLarge
    }

    mutating func next() throws(WireFault) -> UpstreamMachine.Event? { try machine.next(into: &output) }

    mutating func ended(_ lane: Lane) { machine.ended(lane, into: &output) }

    mutating func answer(_ reply: ByteBuffer, in lane: Lane) { machine.answer(reply, in: lane, into: &output) }

    mutating func wake(_ lane: Lane) -> Ticket? { machine.wake(lane, into: &output) }

    mutating func ping() { machine.ping(into: &output) }

    mutating func writeMore() -> Bool { machine.writeMore(into: &output) }
}
