/// A request that waits until its session can leave its server.
struct HeldRequest {
    let request: PoolRequest
    /// The server that the session is to leave.
    let replica: Replica
    /// The number of the link to that server.
    let link: Int

    /// The link whose answers the request waits for; nil if the link has been lost.
    var upstream: Upstream? { replica.upstream.isConnected && replica.upstream.link == link ? replica.upstream : nil }
}
