import Wire

extension Caller {
    /// Whose connection does not leave this machine.
    package convenience init(lane: Lane, peer: String, token: String?) {
        self.init(lane: lane, peer: peer, token: token, privacy: .local)
    }

    /// Somebody at an address.
    package static func at(_ peer: String) -> Caller { Caller(lane: 1, peer: peer, token: nil) }
}
