import Wire

extension Caller {
    /// Creates a caller whose connection does not leave this machine.
    package convenience init(lane: Lane, peer: String, token: String?) {
        self.init(lane: lane, peer: peer, token: token, privacy: .local)
    }

    /// Returns a caller without a token, at a network address.
    package static func at(_ peer: String) -> Caller { Caller(lane: 1, peer: peer, token: nil) }
}
