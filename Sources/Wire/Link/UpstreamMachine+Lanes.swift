/// Reports the state of a link and of its lanes.
extension UpstreamMachine {
    /// The number of bytes of long requests that have not been written.
    package var held: Int { pump.held }

    /// Whether the link accepts the request now. Fewer than `mostUnwritten` bytes may wait in `out`. For a large
    /// request, the same limit also applies to the long requests that have not been written.
    func takesMore(_ request: Request, behind out: borrowing Outbox) -> Bool {
        out.count < mostUnwritten && (!request.isLarge || held < mostUnwritten && isShort(request))
    }

    /// Whether the other end accepts a request of this length. A request whose message is still arriving is not
    /// checked here, because its session checks the length.
    package func isShort(_ request: Request) -> Bool {
        request.messageSize <= (peer == .server ? Self.longestMessage : Limits.link.literal)
    }

    /// Whether a part of a long message may be ready to be written.
    package var hasMore: Bool { !pump.isIdle }

    /// Whether the link waits for no reply.
    package var isDrained: Bool { lanes.all.allSatisfy { $0.value.waiting.isEmpty } }

    /// Returns the number of replies for which the lane waits.
    package func waiting(in lane: Lane) -> Int { lanes[lane]?.waiting.count ?? 0 }

    /// Notes that the session no longer waits for the lane's replies. A token in one of those replies does not apply
    /// to later requests of the session on this link.
    package func abandon(_ lane: Lane) { lanes[lane]?.abandon() }

    /// Whether the lane waits for a reply.
    package func isWaiting(in lane: Lane) -> Bool { lanes[lane].map { !$0.waiting.isEmpty } ?? false }

    /// Whether the lane has sent a request on this link and its session has not ended.
    package func knows(_ lane: Lane) -> Bool { lanes[lane].map { !$0.hasEnded } ?? false }

    /// Returns the identity for which the lane acts; nil if this link does not know it.
    package func identity(of lane: Lane) -> FrameHeader.Identity? { lanes[lane]?.identity }

    /// The lanes that have sent a request on this link and whose sessions have not ended.
    package var known: [Lane] { lanes.all.filter { !$0.value.hasEnded }.map(\.lane) }
}
