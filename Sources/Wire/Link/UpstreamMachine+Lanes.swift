/// The state of a link and of its lanes.
extension UpstreamMachine {
    /// Octets of long requests that are not written.
    package var held: Int { pump.held }

    /// Whether the request may wait behind what waits to be written.
    func takesMore(_ request: Request, behind out: borrowing Outbox) -> Bool {
        out.count < mostUnwritten && (!request.isLarge || held < mostUnwritten && isShort(request))
    }

    /// Whether the other end takes a request of that length. Of one that passes while it comes, its session knows that.
    package func isShort(_ request: Request) -> Bool {
        request.messageSize <= (peer == .server ? Self.longestMessage : Limits.link.literal)
    }

    /// Whether a part of a long message could be written now.
    package var hasMore: Bool { !pump.isIdle }

    /// Whether no reply is waited for.
    package var isDrained: Bool { lanes.all.allSatisfy { $0.value.waiting.isEmpty } }

    /// The number of replies that are waited for in the lane.
    package func waiting(in lane: Lane) -> Int { lanes[lane]?.waiting.count ?? 0 }

    /// The session waits for none of the lane's replies any more; what they say of its token does not count for what it
    /// sends on this link after this.
    package func abandon(_ lane: Lane) { lanes[lane]?.abandon() }

    /// Whether a reply is waited for in the lane.
    package func isWaiting(in lane: Lane) -> Bool { lanes[lane].map { !$0.waiting.isEmpty } ?? false }

    /// Whether the lane has sent something on this link, and goes on.
    package func knows(_ lane: Lane) -> Bool { lanes[lane].map { !$0.hasEnded } ?? false }

    /// Who the lane acts for, as far as is known on this link.
    package func identity(of lane: Lane) -> FrameHeader.Identity? { lanes[lane]?.identity }

    /// The lanes that have sent something on this link, and go on.
    package var known: [Lane] { lanes.all.filter { !$0.value.hasEnded }.map(\.lane) }
}
