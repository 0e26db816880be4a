/// The lanes of a link at the end that sends requests.
package struct UpstreamLanes {
    private var table = LaneTable<UpstreamLane>()

    /// The number of lanes that have not been released.
    var count: Int { table.count }

    subscript(number: Lane) -> UpstreamLane? { table[number] }

    /// Returns the caller's lane and the header of its next request. The header has the client's address in the
    /// lane's first request, and the identity whenever it has changed.
    ///
    /// - Parameter account: The account that was found for the caller's token. Only a plugin is told it.
    mutating func next(
        of caller: Caller, to peer: UpstreamMachine.Peer, account: String?
    ) -> (UpstreamLane, FrameHeader) {
        var header = FrameHeader(lane: caller.lane)
        let known = table[caller.lane]
        let lane = known ?? UpstreamLane()
        if known == nil {
            table[caller.lane] = lane
            header.peer = caller.peer
        }
        let identity = FrameHeader.Identity(peer == .server ? caller.token : account)
        guard lane.identity != identity else { return (lane, header) }
        lane.tell(identity)
        if peer == .server { header.token = identity } else { header.user = identity }
        return (lane, header)
    }

    mutating func remove(_ number: Lane) { table[number] = nil }

    /// Whether no lane waits for a reply.
    var areDrained: Bool { table.all.allSatisfy { $0.value.waiting.isEmpty } }

    /// Returns the number of replies for which the lane waits.
    package func waiting(in number: Lane) -> Int { table[number]?.waiting.count ?? 0 }

    /// Whether the lane waits for a reply.
    package func isWaiting(in number: Lane) -> Bool { table[number].map { !$0.waiting.isEmpty } ?? false }

    /// Notes that the session no longer waits for the lane's replies. A token in one of those replies does not apply
    /// to later requests of the session on this link.
    package func abandon(_ number: Lane) { table[number]?.abandon() }

    /// Whether the lane has sent a request on this link and its session has not ended.
    package func knows(_ number: Lane) -> Bool { table[number].map { !$0.hasEnded } ?? false }

    /// The lanes that have sent a request on this link and whose sessions have not ended.
    package var known: [Lane] { table.all.filter { !$0.value.hasEnded }.map(\.lane) }

    /// Returns the identity for which the lane acts; nil if this link does not know it.
    package func identity(of number: Lane) -> FrameHeader.Identity? { table[number]?.identity }

    /// Releases all lanes after the link was lost.
    ///
    /// - Returns: The requests that will get no reply, with the error for each of them.
    mutating func removeAll() -> [(ticket: Ticket, failure: Failure)] {
        defer { table = LaneTable() }
        return table.all.map(\.value).flatMap { lane in
            let (traffic, all) = (lane.traffic, lane.waiting.all)
            traffic?.incoming?.stream.end(.failed(.serverLost))
            let sent = all.count - (traffic?.sender.unsent ?? 0)
            return all.enumerated().dropFirst(traffic?.incoming == nil ? 0 : 1).map { index, ticket in
                (ticket, index < sent ? Failure.serverLost : Failure.serverLostInMessage)
            }
        }
    }
}
