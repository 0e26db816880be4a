import NIOCore
import Wire

/// A request that was sent on a link, or that the link refused.
struct PendingRequest {
    /// The path of its answer.
    let path: ReturnPath
    let verb: Verb
    /// The time at which it was sent; nil if the answer time is not measured.
    var start: NIODeadline?
}
