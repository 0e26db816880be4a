import Glibc
import NIOCore
import NIOPosix
import Synchronization
import Wire

/// A listening socket and the connections that came through it.
package final class Listener: Sendable {
    private let server: any Channel
    private let open: OpenChannels
    private let path: String?
    private let isOnEveryInterface: Bool

    /// Where it listens; the port is the real one, also when any was asked for.
    package var address: String {
        if isOnEveryInterface { return "*:\(port)" }
        return path.map { "unix:\($0)" } ?? server.localAddress?.text ?? ""
    }
    package var port: Int { server.localAddress?.port ?? 0 }

    /// Listens. `gate`: counts the connections, and says whether there may be more. `initialize` sets up each connection on
    /// its event loop. `socketMode`: who may connect to a Unix socket; without it, the socket is its owner's alone.
    package static func bind(
        _ endpoint: Endpoint, group: any EventLoopGroup, gate: AcceptGate, socketMode: mode_t = 0o600,
        initialize: @escaping @Sendable (any Channel) throws -> Void
    ) async throws -> Listener {
        let open = OpenChannels()
        let bootstrap: () -> ServerBootstrap = { Self.bootstrap(group, open, gate, initialize) }
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

    /// Listens on a host's address. `*` is every address of both families, or of IPv4 where the machine has no IPv6.
    ///
    /// `bootstrap`: makes one for each attempt, which keeps the options that it was given.
    private static func bind(
        _ host: String, _ port: Int, _ bootstrap: () -> ServerBootstrap
    ) async throws -> any Channel {
        guard host == "*" || host == "::" else { return try await bootstrap().bind(host: host, port: port).get() }
        let option = ChannelOptions.Types.SocketOption(level: .ipv6, name: .ipv6_v6only)
        do {
            return try await bootstrap().serverChannelOption(option, value: 0).bind(host: "::", port: port).get()
        } catch let error as IOError {
            guard host == "*", [EAFNOSUPPORT, EPROTONOSUPPORT, EADDRNOTAVAIL].contains(error.errnoCode) else {
                throw error
            }
            return try await bootstrap().bind(host: "0.0.0.0", port: port).get()
        }
    }

    private static func bootstrap(
        _ group: any EventLoopGroup, _ open: OpenChannels, _ gate: AcceptGate,
        _ initialize: @escaping @Sendable (any Channel) throws -> Void
    ) -> ServerBootstrap {
        ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(AcceptHandler(gate, open))
                }
            }
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            // One read a wake-up: to be told that there is nothing more is a system call too.
            .childChannelOption(.maxMessagesPerRead, value: 1)
            .childChannelOption(.recvAllocator, value: ChannelHold.reads(short: true))
            .childChannelOption(.writeBufferWaterMark, value: ChannelHold.marks(short: true))
            // One write of a long answer, then the others' turn.
            .childChannelOption(.writeSpin, value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try initialize(channel) }
            }
    }

    /// What connections have from the listening socket, which costs nothing at each: the kernel finds out in two minutes that
    /// the other end of a silent one is gone, and takes little that it cannot send yet.
    private static func inheriting(_ bootstrap: ServerBootstrap) -> ServerBootstrap {
        bootstrap.serverChannelOption(.socketOption(.so_keepalive), value: 1)
            .serverChannelOption(.tcpOption(.init(rawValue: TCP_KEEPIDLE)), value: 60)
            .serverChannelOption(.tcpOption(.init(rawValue: TCP_KEEPINTVL)), value: 15)
            .serverChannelOption(.tcpOption(.init(rawValue: TCP_KEEPCNT)), value: 4)
            .serverChannelOption(ChannelHold.unsent, value: ChannelHold.shortUnsent)
    }

    /// A socket that was left behind is replaced, but not one that somebody answers on.
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

    /// Tells all connections of something.
    package func tell(_ event: some Sendable) {
        for channel in open.all { channel.pipeline.fireUserInboundEventTriggered(event) }
    }

    /// Takes no more connections, lets those that there are finish, and closes what is left after `limit`.
    package func drain(limit: TimeAmount) async {
        try? await server.close().get()
        if let path { unlink(path) }
        let channels = open.all
        for channel in channels { channel.pipeline.fireUserInboundEventTriggered(Drain()) }
        let deadline = server.eventLoop.scheduleTask(in: limit) {
            for channel in channels { channel.close(promise: nil) }
        }
        for channel in channels { try? await channel.closeFuture.get() }
        deadline.cancel()
    }
}

/// The connections that are open.
final class OpenChannels: Sendable {
    private let channels = Mutex(Tickets<any Channel>())

    var all: [any Channel] { channels.withLock { $0.all } }

    func add(_ channel: any Channel) -> Ticket { channels.withLock { $0.add(channel) } }

    func remove(_ ticket: Ticket) { channels.withLock { _ = $0.take(ticket) } }
}
