/// The requests of a lane at the far end of its link, and who they act for. What changes them counts their octets among those
/// of all lanes.
struct LaneRequests {
    /// What is to be done next.
    enum Step {
        /// Write the oldest request's reply.
        case finish(Pipeline.Finish)
        /// Give the request to its responder.
        case start(Ticket, Request, Caller)
    }

    /// A frame's change of its request and those after it; nil for what stays as it is.
    private struct Change {
        let from: Ticket
        var peer: String?
        var token: FrameHeader.Identity?

        var size: Int { (token?.name?.utf8.count ?? 0) + (peer?.utf8.count ?? 0) }
    }

    /// Requests that may wait; a session has far fewer.
    private static let maximum = 4096

    /// Who the request acts for that started last.
    private var caller: Caller
    private var pipeline = Pipeline()
    /// Octets of the requests whose memory is counted one by one.
    var large = 0
    /// Octets of the others, and of what frames have said with them, as they were counted last.
    private var small = 0
    /// The changes by frames that came while requests before theirs were under way.
    private var later: [Change] = []
    private var laterSize = 0
    /// The last request to start whose frame said who it acts for.
    private var told: Ticket = 0

    init(of caller: Caller) {
        self.caller = caller
    }

    var isEmpty: Bool { pipeline.isEmpty }

    /// The ticket that the next request will have.
    var nextTicket: Ticket { pipeline.nextTicket }

    mutating func append(_ request: consuming Request, _ all: inout SmallRequests) throws(WireFault) {
        defer { all.change(by: takeGrowth()) }
        pipeline.append(request)
        try requireBound()
    }

    /// Adds a request that needs no responder.
    mutating func append(_ answer: consuming Answer, _ all: inout SmallRequests) throws(WireFault) {
        defer { all.change(by: takeGrowth()) }
        pipeline.append(answer)
        try requireBound()
    }

    private func requireBound() throws(WireFault) {
        guard pipeline.count <= Self.maximum else { throw WireFault("too many requests in a lane") }
    }

    /// Takes the next step; nil if there is none for now.
    mutating func next(_ all: inout SmallRequests) -> Step? {
        defer { all.change(by: takeGrowth()) }
        if let finish = pipeline.finish() { return .finish(finish) }
        guard let start = pipeline.start() else { return nil }
        while let change = later.first, change.from <= start.ticket {
            laterSize -= later.removeFirst().size
            make(change)
        }
        return .start(start.ticket, start.request, caller)
    }

    /// Notes an answer, and takes the token that it brings, for requests after it. One whose frame said who it acts for keeps
    /// that, and so do those after it, whether it has started or not: the proxy knew then that this answer would not count.
    ///
    /// - Returns: false when nothing waits for it.
    mutating func answered(_ ticket: Ticket, _ answer: consuming Answer, _ all: inout SmallRequests) -> Bool {
        defer { all.change(by: takeGrowth()) }
        let identity = answer.identity
        guard pipeline.answered(ticket, answer) else { return false }
        assert(told <= pipeline.nextTicket, "only a request that has come has said who it acts for")
        if let identity, ticket >= told { caller = caller.acting(with: identity.name) }
        return true
    }

    /// Returns how many octets more than when it was last asked the lane has of small requests and their answers.
    private mutating func takeGrowth() -> Int {
        let now = max(pipeline.held - large, 0) + laterSize
        defer { small = now }
        return now - small
    }

    /// Returns the same, negative, for a lane that has gone.
    mutating func takeLeaving() -> Int {
        defer { small = 0 }
        return -small
    }

    /// Takes what a frame says of the request that comes next. Requests before it keep what they have.
    mutating func willAct(from peer: String?, with token: FrameHeader.Identity?) {
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

    /// Who the request that comes next acts for, as far as is known.
    var latest: (peer: String, token: String?) {
        let peer = later.last { $0.peer != nil }?.peer ?? caller.peer
        guard let token = later.last(where: { $0.token != nil })?.token else { return (peer, caller.token) }
        return (peer, token.name)
    }

    private mutating func make(_ change: Change) {
        if change.token != nil { told = change.from }
        caller = Caller(
            lane: caller.lane, peer: change.peer ?? caller.peer,
            token: change.token == nil ? caller.token : change.token?.name, privacy: .local, memory: caller.memory)
    }
}
