/// The client of a session: its address, the protection of its connection, the account for which it acts, and the
/// memory that its requests and their answers take.
struct SessionClient {
    private let bounds: SessionLimits
    /// The client's address and port.
    let peer: String
    /// The token with which the session acts. The servers verify it.
    private(set) var token: String? { didSet { caller = nil } }
    /// The session as responders see it. It exists only while requests are running.
    private var caller: Caller?
    /// The memory for bodies that the session holds. It is nil for most sessions.
    private var hold: BodyHold?
    private(set) var privacy: Privacy
    /// Whether the session has logged in. A LOGOUT does not reset it, because otherwise the limits would depend on
    /// the moment at which the LOGOUT is answered.
    private var hasLoggedIn = false

    init(_ peer: String, _ privacy: Privacy, _ bounds: SessionLimits) {
        (self.peer, self.privacy, self.bounds) = (peer, privacy, bounds)
    }

    /// The limits of the client's requests.
    var limits: Limits { hasLoggedIn ? bounds.full : bounds.unauthenticated }

    /// The limits of the client after its log-in.
    var fullLimits: Limits { bounds.full }

    /// The number of bytes that may wait to be sent. Above it, the session answers nothing more.
    var outputShare: Int { token == nil ? Outbox.unauthenticatedShare : Outbox.share }

    /// Whether the client has not logged in.
    var isUnauthenticated: Bool { token == nil }

    // MARK: - Identity

    mutating func loggedIn(_ token: String) { (self.token, hasLoggedIn) = (token, true) }

    mutating func loggedOut() { token = nil }

    /// Notes that TLS has begun. The identity from before is discarded (RFC 3207, section 4.2).
    mutating func tlsBegan() { (privacy, token, hasLoggedIn) = (.tls, nil, false) }

    /// Returns the session as responders see it.
    ///
    /// - Parameter memory: The data that the responder keeps for the lane.
    mutating func caller(in lane: Lane, memory: (any LaneMemory)?) -> Caller {
        if let caller { return caller }
        let new = Caller(lane: lane, peer: peer, token: token, privacy: privacy, memory: memory)
        caller = new
        return new
    }

    /// Releases the memory that is needed only while requests are running.
    mutating func rests() { caller = nil }

    // MARK: - Memory

    /// Whether the session holds memory for bodies.
    var holdsMemory: Bool { hold != nil }

    /// Takes memory for `total` bytes of requests and answers, besides the answers that were not sent.
    ///
    /// - Returns: false if the limit does not allow this; nothing is taken then.
    mutating func takeMemory(upTo total: Int) -> Bool {
        guard let memory = bounds.memory else { return true }
        let hold = hold ?? BodyHold(memory, for: BodyMemory.Owner(peer: peer, token: token))
        guard hold.grow(to: total + hold.unwritten) else { return false }
        self.hold = hold
        return true
    }

    /// Takes memory for `total` bytes, even if this exceeds the limit.
    mutating func chargeMemory(upTo total: Int) {
        guard let memory = bounds.memory else { return }
        let hold = hold ?? BodyHold(memory, for: BodyMemory.Owner(peer: peer, token: token))
        hold.charge(to: total + hold.unwritten)
        self.hold = hold
    }

    /// Counts the bytes of an answer that was written but has not been sent yet.
    func wrote(_ bytes: Int) { hold?.wrote(bytes) }

    /// Returns the memory that is no longer needed.
    ///
    /// - Parameters:
    ///   - total: The number of bytes of the requests and answers that are in memory.
    ///   - unwritten: Returns the number of bytes in answers that were not sent to the client.
    /// - Returns: whether memory is still held for such answers.
    mutating func settleMemory(at total: Int, unwritten: () -> Int) -> Bool {
        guard let hold else { return false }
        let left = unwritten()
        guard total + left >= BodyMemory.smallest else {
            self.hold = nil
            return false
        }
        hold.shrink(to: total + left, unwritten: left)
        return left > 0
    }

    /// Returns all memory, because the connection to the client was lost.
    mutating func releaseMemory() { hold = nil }
}
