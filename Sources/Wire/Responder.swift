/// Who can read what a connection carries.
package enum Privacy: Sendable, Equatable {
    /// The network that it crosses.
    case clear
    /// Nobody else: it does not leave this machine, or the operator says that it is as good as that.
    case local
    /// Nobody else, by TLS.
    case tls
}

/// Who gives a request: the session that it came from, as far as whoever answers may know it.
package struct Caller: Sendable, Equatable {
    /// The session's number, unique in its process.
    package let lane: Lane
    /// The client's address and port, as text.
    package let peer: String
    /// What the session says who it is; worth nothing before it was verified.
    package let token: String?
    /// Of the client's connection. A server behind a link need not know: its proxy has refused what must not pass.
    package let privacy: Privacy
    /// What the request is called that it gives now.
    package var request: RequestID?

    package init(lane: Lane, peer: String, token: String?, privacy: Privacy, request: RequestID? = nil) {
        self.lane = lane
        self.peer = peer
        self.token = token
        self.privacy = privacy
        self.request = request
    }
}

/// Everything that answers: the built-in commands, a link to a server, a router over several of them, a gate around one.
package protocol Responder: AnyObject {
    /// The commands that it answers, as data.
    var manifest: Manifest { get }

    /// Answers `request`, by giving `answer` its answer exactly once: before this returns, or later, on any thread.
    /// Requests of one lane are given in their order; see `Manifest.Entry.isPipelined` for who keeps it.
    func respond(to request: Request, from caller: Caller, _ answer: ReturnPath)

    /// The session has ended; nothing more comes from it.
    func ended(lane: Lane)
}

extension Responder {
    package func ended(lane: Lane) {}

    /// Answers one request to a closure. A session and a link, which give many, are askers instead.
    package func respond(to request: Request, from caller: Caller, _ answer: @escaping @Sendable (Answer) -> Void) {
        respond(to: request, from: caller, ReturnPath(answer))
    }
}
