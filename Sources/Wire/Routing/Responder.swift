/// The protection of a connection against readers.
package enum Privacy: Sendable, Equatable {
    /// Every network that the connection crosses can read it.
    case clear
    /// No one else can read it. The connection does not leave this machine, or the operator declares that it is as
    /// private as that.
    case local
    /// No one else can read it, because it uses TLS.
    case tls
}

/// The data that a responder keeps for a lane between its requests. The owner of the lane holds the object and
/// releases it with the lane.
package typealias LaneMemory = AnyObject & Sendable

/// The session that sends a request, with the data that a responder may know of it.
///
/// All requests of a session share one object until the session logs in or out.
package final class Caller: Sendable, Equatable {
    /// The number of the session, unique in its process.
    package let lane: Lane
    /// The client's address and port as text.
    package let peer: String
    /// The token by which the session claims an identity. It proves nothing until it has been verified.
    package let token: String?
    /// The privacy of the client's connection. A server at the end of a link does not need it, because its proxy has
    /// already refused requests that need more privacy.
    package let privacy: Privacy
    /// The data that the responder keeps for the lane; nil if it keeps none.
    package let memory: (any LaneMemory)?

    package init(
        lane: Lane, peer: String, token: String?, privacy: Privacy, memory: (any LaneMemory)? = nil
    ) {
        self.lane = lane
        self.peer = peer
        self.token = token
        self.privacy = privacy
        self.memory = memory
    }

    /// Returns the same session with another token.
    package func acting(with token: String?) -> Caller {
        Caller(lane: lane, peer: peer, token: token, privacy: privacy, memory: memory)
    }

    /// Compares two callers without the data that responders keep for their lanes.
    package static func == (left: Caller, right: Caller) -> Bool {
        left.lane == right.lane && left.peer == right.peer && left.token == right.token
            && left.privacy == right.privacy
    }
}

/// An object that answers requests: the built-in commands, a link to a server, a router over several responders, or a
/// gate before one.
package protocol Responder: AnyObject {
    /// The commands that the responder answers, with their declarations.
    var manifest: Manifest { get }

    /// Answers the request at once, if all the data that it needs are in memory.
    ///
    /// - Parameter clock: The clock of the turn in which the request is made. A responder that needs the time uses
    ///   this clock.
    /// - Returns: nil if the caller must call `respond` instead. Nothing has happened in this case.
    func answer(to request: Request, from caller: Caller, _ clock: inout TurnClock) -> Answer?

    /// Answers the request. The responder calls `answer` exactly once, before this returns or later, on any thread.
    ///
    /// Requests of one lane are passed in their order. `Manifest.Entry.isPipelined` says who keeps them in order
    /// while they run.
    func respond(to request: Request, from caller: Caller, _ answer: ReturnPath)

    /// Creates the data that the responder keeps for a new lane; nil if it keeps none.
    func makeLaneMemory() -> (any LaneMemory)?

    /// Notes that the session has ended. It sends no more requests.
    func ended(lane: Lane)
}

extension Responder {
    package func answer(to request: Request, from caller: Caller, _ clock: inout TurnClock) -> Answer? { nil }
    package func makeLaneMemory() -> (any LaneMemory)? { nil }
    package func ended(lane: Lane) {}

    /// Answers one request by calling a closure. Sessions and links, which send many requests,
    /// pass a `ReturnPath` instead, because it allocates no memory.
    package func respond(to request: Request, from caller: Caller, _ answer: @escaping @Sendable (Answer) -> Void) {
        respond(to: request, from: caller, ReturnPath(answer))
    }
}
