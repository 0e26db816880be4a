import NIOCore
import Wire

/// A request that a session has given to the pool, wherever it is now.
struct PoolRequest {
    let request: Request
    private(set) var caller: Caller
    let plugin: PoolPlugin
    let session: PoolSession
    let answer: ReturnPath
    /// The session's changes when the caller was known.
    private var changes: Int
    /// Whether requests stand before it that were given when nothing was noted: what they do to the session is not known
    /// here.
    var isBlind = false

    init(
        _ request: Request, _ caller: Caller, for plugin: PoolPlugin, in session: PoolSession,
        _ answer: ReturnPath
    ) {
        (self.request, self.caller, self.plugin, self.session) = (request, caller, plugin, session)
        (self.answer, changes) = (answer, session.changes)
    }

    var verb: Verb { request.spec.verb }

    /// Whether it may be given to a second server.
    ///
    /// One that was sent for somebody else than the session acts for now would be run for the wrong one: at the first
    /// server a log-in stood before it, at the second none would. And nobody waits for one whose session has gone. Of a
    /// message that has begun to pass, the beginning is in memory no more.
    var mayBeRepeated: Bool {
        request.spec.isRepeatable && !isBlind && changes == session.changes && !session.hasEnded
            && request.rest?.hasBegun != true
    }

    /// The request with what its session acts with now that all before it are answered.
    ///
    /// `link`: where those before it went; nil if that has been lost.
    /// - Returns: nil if that is not known.
    func settled(_ link: Upstream?) -> PoolRequest? {
        var settled = self
        (settled.isBlind, settled.changes) = (false, session.changes)
        if isBlind {
            guard let link else { return nil }
            settled.caller = link.asKnown(caller)
        } else if changes != session.changes {
            settled.caller = caller.acting(with: session.token)
        }
        return settled
    }
}

/// A request that was sent to a server, for another try.
final class PoolAttempt: Asker {
    let request: PoolRequest
    private let pool: Pool
    let replica: Replica
    let since: NIODeadline
    let isSecond: Bool
    /// Whether it is known to be late.
    var isLate = false
    /// Whether another server was asked meanwhile, and only that one's answer counts.
    var isGivenUp = false

    init(_ request: PoolRequest, of pool: Pool, at replica: Replica, isSecond: Bool) {
        (self.request, self.pool, self.replica, self.isSecond, since) = (request, pool, replica, isSecond, .now())
    }

    var loop: (any EventLoop)? { pool.loop }

    func answered(_ lane: Lane, _ ticket: Ticket, _ answer: consuming Answer) { pool.answered(self, answer) }

    var mayBeRepeated: Bool { !isSecond && request.mayBeRepeated }
}

/// A request that waits until its session can leave its server.
struct HeldRequest {
    let request: PoolRequest
    /// The server that the session is at, and the number of the link there.
    let replica: Replica
    let link: Int

    /// The link that it waits for; nil if that has been lost.
    var upstream: Upstream? { replica.upstream.isConnected && replica.upstream.link == link ? replica.upstream : nil }
}
