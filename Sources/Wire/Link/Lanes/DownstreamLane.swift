import NIOCore

/// A lane at the far end of its link: its requests, and who they act for.
final class DownstreamLane: LongMessageLane {
    /// Who the request acts for that started last.
    private(set) var caller: Caller
    var pipeline = Pipeline()
    /// Whether the lane waits for its turn, or has it.
    private var isQueued = false
    /// Its long messages; nil until there is one.
    var traffic: LaneTraffic?
    /// The memory for the request that is arriving, if that is large.
    var arriving: BodyHold?
    /// Octets of its requests whose memory is counted one by one.
    var large = 0
    /// Octets of the others, and of what frames have said with them, as they were counted last.
    private var small = 0
    /// The changes by frames that came while requests before theirs were under way.
    private var later: [Change] = []
    private var laterSize = 0
    /// The last request to start whose frame said who it acts for.
    private var told: Ticket = 0

    /// A frame's change of its request and those after it; nil for what stays as it is.
    private struct Change {
        let from: Ticket
        var peer: String?
        var token: FrameHeader.Identity?

        var size: Int { (token?.name?.utf8.count ?? 0) + (peer?.utf8.count ?? 0) }
    }

    /// `memory`: the responder's memory of the lane.
    init(_ number: Lane, memory: (any LaneMemory)?) {
        caller = Caller(lane: number, peer: "", token: nil, privacy: .local, memory: memory)
    }

    /// Takes what a frame says of the request that comes next. Requests before it keep what they have.
    func willAct(from peer: String?, with token: FrameHeader.Identity?) {
        var change = Change(from: pipeline.nextTicket, peer: peer, token: token)
        if let last = later.last, last.from == change.from {
            laterSize -= later.removeLast().size
            change = Change(from: last.from, peer: peer ?? last.peer, token: token ?? last.token)
        } else if pipeline.isEmpty, later.isEmpty {
            return make(change)
        }
        assert(later.last.map { $0.from < change.from } ?? true, "changes are in the order of their requests")
        later.append(change)
        laterSize += change.size
    }

    /// Returns how many octets more than when it was last asked the lane has of small requests and their answers.
    func takeGrowth() -> Int {
        let now = max(pipeline.held - large, 0) + laterSize
        defer { small = now }
        return now - small
    }

    /// Returns the same, negative, for a lane that has gone.
    func takeLeaving() -> Int {
        defer { small = 0 }
        return -small
    }

    /// Queues the lane for its turn, unless it waits for it or has it.
    func queue(in turns: inout CircularBuffer<DownstreamLane>) {
        guard !isQueued else { return }
        isQueued = true
        turns.append(self)
    }

    /// The lane was taken out of the queue.
    func hadTurn() {
        assert(isQueued, "only a lane that was queued has a turn")
        isQueued = false
    }

    /// Whether a request of the lane is not answered, or its reply not all written.
    var isBusy: Bool { !pipeline.isEmpty || traffic?.sender.isWaiting == true }

    /// Who the request that comes next acts for, as far as is known.
    var latest: (peer: String, token: String?) {
        let peer = later.last { $0.peer != nil }?.peer ?? caller.peer
        guard let token = later.last(where: { $0.token != nil })?.token else { return (peer, caller.token) }
        return (peer, token.name)
    }

    /// Takes the token that the answer to a request brings, for requests after it. One whose frame said who it acts for keeps
    /// that, and so do those after it, whether it has started or not: the proxy knew then that this answer would not count.
    func acts(with token: String?, since ticket: Ticket) {
        assert(told <= pipeline.nextTicket, "only a request that has come has said who it acts for")
        guard ticket >= told else { return }
        act(from: caller.peer, with: token)
    }

    /// The request of that ticket starts.
    func starts(_ ticket: Ticket) {
        while let change = later.first, change.from <= ticket {
            laterSize -= later.removeFirst().size
            make(change)
        }
    }

    private func make(_ change: Change) {
        if change.token != nil { told = change.from }
        act(from: change.peer ?? caller.peer, with: change.token == nil ? caller.token : change.token?.name)
    }

    private func act(from peer: String, with token: String?) {
        caller = Caller(lane: caller.lane, peer: peer, token: token, privacy: .local, memory: caller.memory)
    }
}
