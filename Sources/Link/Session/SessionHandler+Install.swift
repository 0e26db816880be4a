import NIOCore

extension SessionHandler {
    /// Makes the connection a session, with TLS before it if it begins with TLS, and before that a balancer's header if it
    /// comes from one.
    package func install(on channel: any Channel) throws {
        let pipeline = channel.pipeline.syncOperations
        if let remote = channel.remoteAddress, shared.settings.balancers.contains(where: { $0.contains(remote) }) {
            try pipeline.addHandler(ProxyHeaderHandler())
        }
        if isTLS, let tls = shared.settings.tls {
            // What TLS begins with is longer than most requests.
            try channel.syncOptions?.setOption(.recvAllocator, value: ChannelHold.reads(short: true, initial: 256))
            try pipeline.addHandlers(tls.serverHandlers())
        }
        try pipeline.addHandler(self)
    }
}
