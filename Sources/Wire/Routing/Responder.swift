/// Who can read what a connection carries.
package enum Privacy: Sendable, Equatable {
    /// The network that it crosses.
    case clear
    /// Nobody else: it does not leave this machine, or the operator says that it is as good as that.
    case local
    /// Nobody else, by TLS.
    case tls
}

/// What a responder keeps of a lane between its requests. The owner of the lane has it, so that it goes with the lane.
package typealias LaneMemory = AnyObject & Sendable

/// Who gives requests: the session that they come from, as far as whoever answers may know it.
///
/// All requests of a session share one object until the session logs in or out.
package final class Caller: Sendable, Equatable {
    /// The session's number, unique in its process.
    package let lane: Lane
    /// The client's address and port, as text.
    package let peer: String
    /// What the session says who it is; worth nothing before it was verified.
    package let token: String?
    /// Of the client's connection. A server behind a link need not know: its proxy has refused what must not pass.
    package let privacy: Privacy
    /// What the responder keeps of the lane; nil if it keeps nothing.
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

    /// The same session, acting with another token.
    package func acting(with token: String?) -> Caller {
        Caller(lane: lane, peer: peer, token: token, privacy: privacy, memory: memory)
    }

    /// What is kept of the lane does not count.
    package static func == (left: Caller, right: Caller) -> Bool {
        left.lane == right.lane && left.peer == right.peer && left.token == right.token
            && left.privacy == right.privacy
    }
}

/// Everything that answers: the built-in commands, a link to a server, a router over several of them, a gate around one.
package protocol Responder: AnyObject {
    /// The commands that it answers, as data.
    var manifest: Manifest { get }

    /// Returns the answer if everything that it takes is in memory; nil, and nothing has happened, if `respond` must be
    /// called.
    ///
    /// - Parameter clock: Of the turn in which the request is given. A responder that reads the clock reads this one.
    func answer(to request: Request, from caller: Caller, _ clock: inout TurnClock) -> Answer?

    /// Answers `request`, by giving `answer` its answer exactly once: before this returns, or later, on any thread.
    /// Requests of one lane are given in their order; see `Manifest.Entry.isPipelined` for who keeps it.
    func respond(to request: Request, from caller: Caller, _ answer: ReturnPath)

    /// Makes what the responder keeps of a lane that begins; nil if it keeps nothing.
    func makeLaneMemory() -> (any LaneMemory)?

    /// The session has ended; nothing more comes from it.
    func ended(lane: Lane)
}

extension Responder {
    package func answer(to request: Request, from caller: Caller, _ clock: inout TurnClock) -> Answer? { nil }
    package func makeLaneMemory() -> (any LaneMemory)? { nil }
    package func ended(lane: Lane) {}

    /// Answers one request to a closure. A session and a link, which give many, are askers instead.
    package func respond(to request: Request, from caller: Caller, _ answer: @escaping @Sendable (Answer) -> Void) {
        respond(to: request, from: caller, ReturnPath(answer))
    }
}
