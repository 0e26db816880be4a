/// A lane at the far end of its link: its requests, and who they act for.
final class DownstreamLane: LongMessageLane {
    /// Who the request acts for that started last.
    private(set) var caller: Caller
    var pipeline = Pipeline()
    /// Its long messages; nil until there is one.
    var traffic: LaneTraffic?
    /// The memory for the request that is arriving, if that is large.
    var arriving: BodyHold?
    /// Who requests act for from a ticket on, where a frame said so while others were under way.
    private var later: [(from: Ticket, peer: String, token: String?)] = []

    init(_ number: Lane) {
        caller = Caller(lane: number, peer: "", token: nil, privacy: .local)
    }

    /// Who the request that comes next will act for.
    var latest: (peer: String, token: String?) {
        later.last.map { ($0.peer, $0.token) } ?? (caller.peer, caller.token)
    }

    private func act(with token: String?, peer: String) {
        caller = Caller(lane: caller.lane, peer: peer, token: token, privacy: .local)
    }

    /// Requests that are yet to come act with the token. Those that have come do not: they were sent before.
    func willAct(with token: String?, peer: String) {
        let next = pipeline.nextTicket
        if later.last?.from == next { later.removeLast() }
        if pipeline.isEmpty { act(with: token, peer: peer) } else { later.append((next, peer, token)) }
    }

    /// All requests that have not started act with the token that an answer brought: the proxy that sent them did not know
    /// of it yet.
    func acts(with token: String?) {
        act(with: token, peer: caller.peer)
        for place in later.indices { later[place].token = token }
    }

    /// The request of that ticket starts.
    func starts(_ ticket: Ticket) {
        while let change = later.first, change.from <= ticket {
            later.removeFirst()
            act(with: change.token, peer: change.peer)
        }
    }
}
