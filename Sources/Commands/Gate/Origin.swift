import Wire

/// The networks that a request comes from. Limits for one client apply to them. The narrow network stands for one
/// machine, and the wide one for one subscriber or organisation.
struct Origin: Hashable, Sendable {
    /// The narrow network: an IPv4 address, or the /64 of an IPv6 address; `local` for a connection without an
    /// address.
    let host: String
    /// The wide network: the /24 of an IPv4 address, or the /48 of an IPv6 address; `local` for a connection without
    /// an address.
    let block: String

    /// Creates the networks of a peer.
    ///
    /// - Parameter peer: An address and a port as text, in the form that a `Caller` has.
    init(peer: String) {
        host = Network(peer: peer, bits4: 32, bits6: 64).description
        block = Network(peer: peer, bits4: 24, bits6: 48).description
    }

    /// Creates the networks of an address; nil if the text is not an address.
    ///
    /// - Parameter address: An IPv4 or IPv6 address, or `local`.
    init?(address: String) {
        self.init(peer: address.contains(":") ? "[\(address)]:0" : "\(address):0")
        guard host != "local" || address.lowercased() == host else { return nil }
    }

    /// The host and, if it is a different network, the block.
    var networks: [String] { host == block ? [host] : [host, block] }

    init(_ caller: Caller) { self.init(peer: caller.peer) }
}
