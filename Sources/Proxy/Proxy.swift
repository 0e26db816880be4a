import Daemon
import Link
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Wire

/// The proxy: sessions in front of a router over its upstreams, of which each event loop has its own.
struct Proxy: Service {
    private let options: ClaveroProxy
    private let logger: Logger
    private let tls: TLSIdentity?
    private let linkTLS: TLSIdentity?
    private let census: SessionCensus
    private let lanes = LaneNumbers()
    /// Told when there is a port to connect to.
    private let listening: @Sendable (Listener) -> Void

    /// Reads the certificates.
    ///
    /// - Throws: `StartError` for what is in the way.
    init(
        _ options: ClaveroProxy, logger: Logger, listening: @escaping @Sendable (Listener) -> Void = { _ in }
    ) throws {
        self.options = options
        self.logger = logger
        self.listening = listening
        tls = try options.tls.identity()
        linkTLS =
            options.upstream.contains(where: options.links.isEncrypted)
            ? try options.links.identity(for: .linkClient) : nil
        census = SessionCensus(sessions: options.addressSessions, strangers: options.addressStrangers)
    }

    func run() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: options.sessions.threads)
        var doors: [ObjectIdentifier: NIOLoopBound<Door>] = [:]
        for loop in group.makeIterator() {
            doors[ObjectIdentifier(loop)] = try await loop.submit { [options, linkTLS, logger, tls] in
                let door = Door(options, offersTLS: tls != nil, linkTLS: linkTLS, on: loop, logger: logger)
                return NIOLoopBound(door, eventLoop: loop)
            }.get()
        }
        let hangUps = await Daemon.hangUps()
        let listener = try await listen(options.listen, isTLS: false, doors, group)
        let listenerTLS: Listener?
        if let endpoint = options.listenTLS {
            listenerTLS = try await listen(endpoint, isTLS: true, doors, group)
        } else {
            listenerTLS = nil
        }
        // Not before: of a proxy that cannot listen nobody else need hear.
        for (_, door) in doors { try await door.eventLoop.submit { door.value.connect() }.get() }
        listening(listener)
        try await Daemon.untilStopped(reloadingAt: hangUps) { reload() }
        logger.info("stopping")
        let limit = TimeAmount.seconds(Int64(options.sessions.drainTimeout))
        async let drained: Void = listener.drain(limit: limit)
        await listenerTLS?.drain(limit: limit)
        await drained
        for (_, door) in doors { try? await door.eventLoop.submit { door.value.stop() }.get() }
        try await group.shutdownGracefully()
    }

    private func reload() {
        Daemon.reload([tls, linkTLS].compactMap { $0 }, logger: logger)
    }

    private func listen(
        _ endpoint: Endpoint, isTLS: Bool, _ doors: [ObjectIdentifier: NIOLoopBound<Door>], _ group: any EventLoopGroup
    ) async throws -> Listener {
        let listener = try await Daemon.listen(endpoint, group: group, initialize: initializer(doors, isTLS: isTLS))
        logger.info(
            "listening", metadata: ["address": "\(listener.address)", "tls": isTLS ? "implicit" : "\(startTLS)"])
        return listener
    }

    private var startTLS: String { tls == nil ? "none" : "starttls" }

    private func initializer(
        _ doors: [ObjectIdentifier: NIOLoopBound<Door>], isTLS: Bool
    ) -> @Sendable (any Channel) throws -> Void {
        var settings = options.sessions.settings
        settings.tls = tls
        settings.census = census
        settings.trustsNetworks = options.tls.clearSecrets == .allow
        return { [settings, lanes] channel in
            let door = doors[ObjectIdentifier(channel.eventLoop)]!.value
            let handler = SessionHandler(
                lane: lanes.next(), responder: door.router, greeting: door.session.greeting, settings: settings,
                isTLS: isTLS)
            try handler.install(on: channel)
        }
    }
}

/// What the sessions of one event loop share: two links to each server, one for small requests and one for large ones,
/// and the router over them.
private final class Door {
    let session: SessionCommands
    let router: Router
    private let upstreams: [Upstream]

    init(_ options: ClaveroProxy, offersTLS: Bool, linkTLS: TLSIdentity?, on loop: any EventLoop, logger: Logger) {
        let session = SessionCommands(
            host: options.sessions.name, limits: options.sessions.limits, offersTLS: offersTLS)
        let change = Change()
        let links = ["small", "large"].map { size in
            options.upstream.map { endpoint in
                var logger = logger
                logger[metadataKey: "requests"] = "\(size)"
                let tls = options.links.isEncrypted(endpoint) ? linkTLS : nil
                return Upstream(to: endpoint, tls: tls, on: loop, logger: logger) { change.run() }
            }
        }
        let router = Router(session: session, over: links[0], large: links[1], arePipelined: true)
        change.run = { [weak router] in
            let doubled = router?.refresh() ?? []
            guard !doubled.isEmpty else { return }
            let verbs = doubled.map(\.description).joined(separator: " ")
            logger.warning("two servers announce one command; the first has it", metadata: ["verbs": "\(verbs)"])
        }
        self.session = session
        upstreams = links.flatMap { $0 }
        self.router = router
    }

    func connect() {
        for upstream in upstreams { upstream.connect() }
    }

    func stop() {
        for upstream in upstreams { upstream.stop() }
    }

    /// What an upstream calls before there is a router to tell.
    private final class Change {
        var run: () -> Void = {}
    }
}
