import Wire

extension Caller {
    /// Whose connection does not leave this machine.
    package init(lane: UInt64, peer: String, token: String?) {
        self.init(lane: lane, peer: peer, token: token, privacy: .local)
    }
}
