import NIOCore

/// The states in which a session waits. Each state has its own time limit.
extension SessionMachine {
    package enum Wait: Equatable {
        /// The session waits for the client's next request.
        case request
        /// The session waits for the rest of a request: its literals, its text, or the answer to a prompt.
        case rest
        /// The session waits for an answer from a responder.
        case reply
        case nothing
    }

    package var wait: Wait {
        if phase == .closed { return .nothing }
        if passing != nil, replying == nil, pipeline.count == 1 { return .rest }
        if !pipeline.isEmpty || replying != nil { return .reply }
        return prompt != nil || framer.cutShort(input) != nil ? .rest : .request
    }

    /// Whether the session ends after writing its last replies.
    package var isEnding: Bool { phase == .ending && replying == nil }

    /// The number of bytes that have arrived of the request that is being read.
    package var arrived: Int {
        input.readableBytes + framer.heldBytes + (prompt?.size ?? 0) + (passing?.arrived ?? 0)
    }

    /// Returns the session as responders see it. `memory` is what the responder keeps for the lane.
    package mutating func caller(in lane: Lane, memory: (any LaneMemory)?) -> Caller {
        if let caller { return caller }
        let new = Caller(lane: lane, peer: peer, token: token, privacy: privacy, memory: memory)
        caller = new
        return new
    }

    /// Releases the memory that is needed only while requests are running.
    package mutating func rests() { caller = nil }

    /// Whether the client has not logged in.
    package var isUnauthenticated: Bool { token == nil }

    /// Ends the wait whose time limit has passed. Usually the session ends with a reply that says why.
    package mutating func timedOut() {
        switch wait {
        case .reply where replying?.hasBegun == true: replying?.isCut = true
        case .reply:
            replying = nil
            abandon()
            // The outcome of the request is unknown. It may have changed the account for which the session acts, and
            // the later requests are therefore not run.
            pipeline.removeAll()
            end(with: .noAnswer)
        case .rest: end(with: passing?.takesMore == false ? .noAnswer : .tooSlow)
        case .request: end(with: .idle)
        case .nothing: break
        }
    }
}
