import NIOCore

extension UpstreamMachine {
    /// The kind of program at the other end.
    package enum Peer {
        /// A server. It greets each new connection with `220`, and it verifies tokens itself.
        case server
        /// A plugin that was started for this link. It gets no tokens. Instead it is told the account that was found
        /// for the token, and it may send requests to its host. Each of its messages is one frame.
        case plugin

        /// The maximum number of payload bytes in one frame of the peer.
        var longestFrame: Int { self == .server ? UpstreamMachine.longestFrame : Limits.link.literal }

        /// The maximum number of bytes in a request to the peer.
        var longestRequest: Int { self == .server ? UpstreamMachine.longestMessage : Limits.link.literal }

        /// Reads a reply. A server's reply is passed on unchanged, and a plugin's reply is parsed and written again.
        ///
        /// - Returns: nil if the payload is not one reply.
        func read(_ payload: ByteBuffer) -> Answer? {
            guard let reply = WrittenReply(checking: payload) else { return nil }
            return switch self {
            case .server: Answer(reply)
            case .plugin: reply.read().map { Answer($0) }
            }
        }
    }
}
