/// Reports the state of a session.
extension SessionMachine {
    /// The states in which a session waits. Each state has its own time limit.
    package enum Wait: Equatable {
        /// The session waits for the client's next request.
        case request
        /// The session waits for the rest of a request: its literals, its text, or the answer to a prompt.
        case rest
        /// The session waits for an answer from a responder.
        case reply
        case nothing
    }

    /// The client's address and port.
    package var peer: String { client.peer }
    package var privacy: Privacy { client.privacy }
    /// The token with which the session acts. The servers verify it.
    package var token: String? { client.token }
    /// Whether the client has not logged in.
    package var isUnauthenticated: Bool { client.isUnauthenticated }
    package var inputHasEnded: Bool { requests.input.hasEnded }

    package var wait: Wait {
        if phase == .closed { return .nothing }
        if requests.passing != nil, passingReply == nil, pipeline.count == 1 { return .rest }
        if !pipeline.isEmpty || passingReply != nil { return .reply }
        return requests.isInRequest ? .rest : .request
    }

    /// Whether the session ends after writing its last replies.
    package var isEnding: Bool { phase == .ending && passingReply == nil }

    /// The number of bytes that have arrived of the request that is being read.
    package var arrived: Int { requests.arrived }

    /// Whether the session can take more input. If not, the input stays in the socket, and the client has to wait.
    package var wantsInput: Bool {
        phase == .open && !inputHasEnded && passingReply == nil && (requests.passing.map { $0.takesMore } ?? hasRoom)
    }

    /// Whether the session holds memory for bodies.
    package var holdsMemory: Bool { client.holdsMemory }

    /// The number of bytes of the requests and answers that are in memory, or may come into memory.
    var held: Int { pipeline.held + (passingReply == nil ? 0 : BodyStream.share) }

    /// Whether another request may be read. Without a log-in, requests are read one at a time, so that the request
    /// after a log-in is read with the new limits.
    var hasRoom: Bool {
        token == nil
            ? pipeline.isEmpty
            : pipeline.count < client.fullLimits.pipeline
                && (pipeline.isEmpty || pipeline.size < client.fullLimits.waiting)
    }
}
