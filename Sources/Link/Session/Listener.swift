import Glibc
import NIOCore
import NIOPosix

/// A listening socket and the connections that it accepted.
package final class Listener: Sendable {
    private let server: any Channel
    private let open: OpenChannels
    private let path: String?
    private let isOnEveryInterface: Bool

    /// The address that it listens on. The port is the real one, also if the system chose it.
    package var address: String {
        if isOnEveryInterface { return "*:\(port)" }
        return path.map { "unix:\($0)" } ?? server.localAddress?.text ?? ""
    }
    package var port: Int { server.localAddress?.port ?? 0 }

    /// Listens on an endpoint.
    ///
    /// - Parameters:
    ///   - limiter: counts the connections and limits them.
    ///   - socketMode: the mode of a Unix socket, which decides who may connect. By default only its owner may.
    ///   - initialize: sets up each connection on its event loop.
    package static func bind(
        _ endpoint: Endpoint, group: any EventLoopGroup, limiter: ConnectionLimiter, socketMode: mode_t = 0o600,
        initialize: @escaping @Sendable (any Channel) throws -> Void
    ) async throws -> Listener {
        let open = OpenChannels()
        let bootstrap: () -> ServerBootstrap = { Self.bootstrap(group, open, limiter, initialize) }
        switch endpoint {
        case .tcp(let host, let port):
            let server = try await bind(host, port) {
                inheriting(bootstrap().childChannelOption(.tcpOption(.tcp_nodelay), value: 1))
            }
            return Listener(server, open, path: nil, isOnEveryInterface: endpoint.isEveryInterface)
        case .unix(let path):
            try await requireUnused(endpoint, path, group)
            let server = try await bootstrap().bind(unixDomainSocketPath: path, cleanupExistingSocketFile: true).get()
            guard chmod(path, socketMode) == 0 else { throw IOError(errnoCode: errno, reason: "chmod") }
            return Listener(server, open, path: path)
        }
    }

    /// Listens on a host's address. `*` stands for every address of IPv4 and IPv6, or of IPv4 alone if the machine has
    /// no IPv6.
    ///
    /// `bootstrap`: makes a bootstrap for each attempt, because a bootstrap keeps its options.
    private static func bind(
        _ host: String, _ port: Int, _ bootstrap: () -> ServerBootstrap
    ) async throws -> any Channel {
        guard host == "*" || host == "::" else { return try await bootstrap().bind(host: host, port: port).get() }
        let option = ChannelOptions.Types.SocketOption(level: .ipv6, name: .ipv6_v6only)
        do {
            return try await bootstrap().serverChannelOption(option, value: 0)
                .bind(to: try SocketAddress(ipAddress: "::", port: port)).get()
        } catch let error as IOError {
            guard host == "*", [EAFNOSUPPORT, EPROTONOSUPPORT, EADDRNOTAVAIL].contains(error.errnoCode) else {
                throw error
            }
            return try await bootstrap().bind(host: "0.0.0.0", port: port).get()
        }
    }

    private static func bootstrap(
        _ group: any EventLoopGroup, _ open: OpenChannels, _ limiter: ConnectionLimiter,
        _ initialize: @escaping @Sendable (any Channel) throws -> Void
    ) -> ServerBootstrap {
        ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(AcceptHandler(limiter, open))
                }
            }
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            // One read for each wake-up: finding out that nothing is left takes a system call too.
            .childChannelOption(.maxMessagesPerRead, value: 1)
            .childChannelOption(.recvAllocator, value: ChannelBufferLimits.readAllocator(tight: true))
            .childChannelOption(.writeBufferWaterMark, value: ChannelBufferLimits.waterMarks(tight: true))
            // One write of a long reply, then the other connections' turn.
            .childChannelOption(.writeSpin, value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try initialize(channel) }
            }
    }

    /// Sets options that connections inherit from the listening socket, without a system call for each. The kernel
    /// finds out within two minutes that the other end of a silent connection is gone, and takes few bytes that it
    /// cannot send yet.
    private static func inheriting(_ bootstrap: ServerBootstrap) -> ServerBootstrap {
        bootstrap.serverChannelOption(.socketOption(.so_keepalive), value: 1)
            .serverChannelOption(.tcpOption(.init(rawValue: TCP_KEEPIDLE)), value: 60)
            .serverChannelOption(.tcpOption(.init(rawValue: TCP_KEEPINTVL)), value: 15)
            .serverChannelOption(.tcpOption(.init(rawValue: TCP_KEEPCNT)), value: 4)
            .serverChannelOption(ChannelBufferLimits.unsentLimit, value: ChannelBufferLimits.tightUnsent)
    }

    /// Throws if a process listens on the Unix socket. A socket that nobody listens on may be replaced.
    private static func requireUnused(_ endpoint: Endpoint, _ path: String, _ group: any EventLoopGroup) async throws {
        guard let other = try? await ClientBootstrap(group: group).connect(to: endpoint).get() else { return }
        try? await other.close().get()
        throw IOError(errnoCode: EADDRINUSE, reason: path)
    }

    private init(_ server: any Channel, _ open: OpenChannels, path: String?, isOnEveryInterface: Bool = false) {
        self.isOnEveryInterface = isOnEveryInterface
        self.server = server
        self.open = open
        self.path = path
    }

    /// Fires the event in the pipelines of all connections.
    package func broadcast(_ event: some Sendable) {
        for channel in open.all { channel.pipeline.fireUserInboundEventTriggered(event) }
    }

    /// Stops accepting, lets the open connections finish, and closes those that are still open after `limit`.
    package func drain(limit: TimeAmount) async {
        try? await server.close().get()
        if let path { unlink(path) }
        let channels = open.all
        for channel in channels { channel.pipeline.fireUserInboundEventTriggered(DrainEvent()) }
        let deadline = server.eventLoop.scheduleTask(in: limit) {
            for channel in channels { channel.close(promise: nil) }
        }
        for channel in channels { try? await channel.closeFuture.get() }
        deadline.cancel()
    }
}
