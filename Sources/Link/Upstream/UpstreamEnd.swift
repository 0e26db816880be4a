import NIOCore
import Wire

/// The near end of a link: its machine, the output of the machine, and the requests whose answers have not come. The
/// three are used together, and so they are one value.
struct UpstreamEnd: ~Copyable {
    var machine: UpstreamMachine
    var output = Outbox()
    /// The slot of a request is its ticket.
    private var pending = SlotMap<PendingRequest>()

    init(to peer: UpstreamMachine.Peer, mostUnwritten: Int) {
        machine = UpstreamMachine(to: peer, mostUnwritten: mostUnwritten)
    }

    /// The number of requests that are not answered.
    var load: Int { pending.count + machine.incoming }

    /// Whether another request would be sent while no more than `limit` may be unanswered.
    func takesRequests(upTo limit: Int) -> Bool {
        machine.isReady && output.count < machine.mostUnwritten && pending.count < limit
    }

    /// Sends a request. `record` is kept until it is answered.
    ///
    /// - Parameter limit: The largest number of requests that may be unanswered.
    /// - Returns: the reason why nothing was sent; nil if the request was sent.
    mutating func send(
        _ request: Request, from caller: Caller, account: String?, _ record: PendingRequest, upTo limit: Int
    ) -> Failure? {
        guard let slot = pending.add(record, upTo: limit) else { return .serverBusy }
        let ticket = Ticket(UInt64(slot))
        if machine.send(request, as: ticket, from: caller, account: account, into: &output) { return nil }
        _ = pending.take(slot)
        guard machine.isReady else { return .serverDown }
        return machine.isShort(request) ? .serverBusy : .literalTooLarge(machine.longestRequest)
    }

    /// Takes the record of a request; nil if the request is answered already.
    mutating func take(_ ticket: Ticket) -> PendingRequest? {
        Int(exactly: ticket.number).flatMap { pending.take($0) }
    }

    mutating func next() throws(WireFault) -> UpstreamMachine.Event? { try machine.next(into: &output) }

    mutating func ended(_ lane: Lane) { machine.ended(lane, into: &output) }

    mutating func answer(_ reply: ByteBuffer, in lane: Lane) { machine.answer(reply, in: lane, into: &output) }

    mutating func wake(_ lane: Lane) -> Ticket? { machine.wake(lane, into: &output) }

    mutating func ping() { machine.ping(into: &output) }

    mutating func writeMore() -> Bool { machine.writeMore(into: &output) }
}
