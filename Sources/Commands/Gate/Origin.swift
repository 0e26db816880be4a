import Wire

/// The networks that a request comes from, to which the bounds of one client apply. The narrow one is about one machine;
/// the wide one is about one subscriber or organisation.
struct Origin: Hashable, Sendable {
    /// An IPv4 address, or the /64 of an IPv6 address; `local` for a connection that has no address.
    let host: String
    /// The /24 of an IPv4 address, or the /48 of an IPv6 address; `local` for a connection that has no address.
    let block: String

    /// `peer`: an address and a port as text, as a `Caller` has it.
    init(peer: String) {
        host = Network(peer: peer, bits4: 32, bits6: 64).description
        block = Network(peer: peer, bits4: 24, bits6: 48).description
    }

    /// `address`: an IPv4 or IPv6 address, or `local`; nil for other text.
    init?(address: String) {
        self.init(peer: address.contains(":") ? "[\(address)]:0" : "\(address):0")
        guard host != "local" || address.lowercased() == host else { return nil }
    }

    /// The host and, if it is another network, the block.
    var networks: [String] { host == block ? [host] : [host, block] }

    init(_ caller: Caller) { self.init(peer: caller.peer) }
}
