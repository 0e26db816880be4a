import NIOCore
import Wire

/// A request that a session has given to the pool, wherever it is now.
struct PoolRequest {
    let request: Request
    private(set) var caller: Caller
    let plugin: PoolPlugin
    let session: PoolSession
    let answer: ReturnPath
    /// The session's number of identity changes when `caller` was valid.
    private var changes: Int
    /// Whether an earlier request of the session is under way that no attempt records. Its effect on the session's
    /// identity is unknown here.
    var isBlind = false

    init(
        _ request: Request, _ caller: Caller, for plugin: PoolPlugin, in session: PoolSession,
        _ answer: ReturnPath
    ) {
        (self.request, self.caller, self.plugin, self.session) = (request, caller, plugin, session)
        (self.answer, changes) = (answer, session.changes)
    }

    var verb: Verb { request.spec.verb }

    /// Whether it may be sent to a second server.
    ///
    /// It may not if the session's identity has changed since. At the first server the request came after a log-in, at
    /// the second it would not, and would run for the wrong user. It may not if its session has ended, because nobody
    /// waits for the answer. It may not if its message has begun to be passed on, because the beginning is no longer in
    /// memory.
    var mayBeRepeated: Bool {
        request.spec.isRepeatable && !isBlind && changes == session.changes && !session.hasEnded
            && request.rest?.hasBegun != true
    }

    /// Returns the request with the session's current identity, once all earlier requests are answered.
    ///
    /// `link`: the link that the earlier requests were sent on; nil if it has been lost.
    /// - Returns: nil if the identity is unknown.
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
