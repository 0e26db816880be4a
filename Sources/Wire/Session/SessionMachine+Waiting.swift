import NIOCore

/// The states in which a session waits. Each has its own time limit.
extension SessionMachine {
    package enum Wait: Equatable {
        /// The client's next request.
        case request
        /// The rest of a request, which may be its literals, its text, or the answer to a prompt.
        case rest
        /// An answer from behind.
        case reply
        case nothing
    }

    package var wait: Wait {
        if phase == .closed { return .nothing }
        if passing != nil, replying == nil, pipeline.count == 1 { return .rest }
        if !pipeline.isEmpty || replying != nil { return .reply }
        return prompt != nil || framer.cutShort(input) != nil ? .rest : .request
    }

    /// Whether the session writes its last replies, and then ends.
    package var isEnding: Bool { phase == .ending && replying == nil }

    /// Octets that have arrived of the request that is being read.
    package var arrived: Int {
        input.readableBytes + framer.heldOctets + (prompt?.size ?? 0) + (passing?.arrived ?? 0)
    }

    /// The session as the giver of its requests. `memory`: what the responder keeps of it.
    package mutating func caller(in lane: Lane, memory: (any LaneMemory)?) -> Caller {
        if let caller { return caller }
        let new = Caller(lane: lane, peer: peer, token: token, privacy: privacy, memory: memory)
        caller = new
        return new
    }

    /// Nothing is under way: what is only needed then takes memory no longer.
    package mutating func rests() { caller = nil }

    /// Whether the client has not logged in.
    package var isStranger: Bool { token == nil }

    /// The session calls this when its time limit has passed.
    package mutating func timedOut() {
        switch wait {
        case .reply where replying?.hasBegun == true: replying?.isCut = true
        case .reply:
            replying = nil
            abandon()
            // What became of the request is not known, and so neither is who the session acts for behind it.
            pipeline.removeAll()
            end(with: .noAnswer)
        case .rest: end(with: passing?.takesMore == false ? .noAnswer : .tooSlow)
        case .request: end(with: .idle)
        case .nothing: break
        }
    }
}
