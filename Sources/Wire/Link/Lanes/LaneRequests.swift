/// The requests of a lane at the end of a link that answers them, with the identity for which they act. Each method
/// that changes the requests also adds the difference in bytes to `SmallRequests`, which counts those of all lanes.
struct LaneRequests {
    /// The next thing to do for the lane.
    enum Step {
        /// Write the reply to the oldest request.
        case finish(Pipeline.Finish)
        /// Pass the request to its responder.
        case start(Ticket, Request, Caller)
    }

    /// A change by the header of a frame. It applies to the frame's request and to all later ones. A value of nil
    /// changes nothing.
    private struct Change {
        let from: Ticket
        var peer: String?
        var token: FrameHeader.Identity?

        var size: Int { (token?.name?.utf8.count ?? 0) + (peer?.utf8.count ?? 0) }
    }

    /// The maximum number of requests that may wait. A session has far fewer.
    private static let maximum = 4096

    /// The identity of the last request that was started.
    private var caller: Caller
    private var pipeline = Pipeline()
    /// The number of bytes of the requests whose memory is counted one by one.
    var large = 0
    /// The number of bytes of the other requests and of the waiting changes, when they were last counted.
    private var small = 0
    /// The changes that apply after requests which are not finished.
    private var later: [Change] = []
    private var laterSize = 0
    /// The last started request whose frame stated its identity.
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

    /// Adds a request that is already answered and needs no responder.
    mutating func append(_ answer: consuming Answer, _ all: inout SmallRequests) throws(WireFault) {
        defer { all.change(by: takeGrowth()) }
        pipeline.append(answer)
        try requireBound()
    }

    private func requireBound() throws(WireFault) {
        guard pipeline.count <= Self.maximum else { throw WireFault("too many requests in a lane") }
    }

    /// Takes the next step; nil if nothing can be done now.
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

    /// Keeps an answer. If the answer has a new token, later requests act with it.
    ///
    /// A request whose frame stated its own identity keeps that identity, and so do the requests after it, whether
    /// they have started or not. When the proxy sent such a request, it knew that the token of this answer would not
    /// apply to it.
    ///
    /// - Returns: false if no request waits for the answer.
    mutating func answered(_ ticket: Ticket, _ answer: consuming Answer, _ all: inout SmallRequests) -> Bool {
        defer { all.change(by: takeGrowth()) }
        let identity = answer.identity
        guard pipeline.answered(ticket, answer) else { return false }
        assert(told <= pipeline.nextTicket, "only a request that has come has said who it acts for")
        if let identity, ticket >= told { caller = caller.acting(with: identity.name) }
        return true
    }

    /// Returns by how many bytes the lane's small requests and their answers have grown since the last call.
    private mutating func takeGrowth() -> Int {
        let now = max(pipeline.held - large, 0) + laterSize
        defer { small = now }
        return now - small
    }

    /// Returns the negative number of all bytes that were counted, for a lane that has ended.
    mutating func takeLeaving() -> Int {
        defer { small = 0 }
        return -small
    }

    /// Takes the identity that a frame states for the next request. Earlier requests keep theirs.
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

    /// The address and the token with which the next request will act, as far as they are known.
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
