import CoreMetrics
import Daemon
import Link
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Telemetry
import Wire

/// The proxy: sessions in front of a router over its upstreams, of which each event loop has its own.
struct Proxy: Service {
    private let options: ClaveroProxy
    private let logger: Logger
    private let tls: TLSIdentity?
    private let linkTLS: TLSIdentity?
    private let census: SessionCensus
    private let lanes = LaneNumbers()
    private let state = ServingState()
    /// Nil where nobody asks for metrics.
    private let metrics: PrometheusRegistry?
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
        metrics = options.observation.metrics.map { _ in PrometheusRegistry(Metric.ofTheProxy) }
        census = SessionCensus(
            sessions: options.addressSessions, strangers: options.addressStrangers,
            metrics: metrics ?? NOOPMetricsHandler.instance)
    }

    func run() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: options.sessions.threads)
        let doors = try await makeDoors(group)
        let probeListener = try await listenForProbes(doors, group)
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
        state.become(.listening)
        listening(listener)
        try await Daemon.untilStopped(reloadingAt: hangUps) { reload() }
        state.become(.stopping)
        logger.info("stopping")
        let limit = TimeAmount.seconds(Int64(options.sessions.drainTimeout))
        async let drained: Void = listener.drain(limit: limit)
        await listenerTLS?.drain(limit: limit)
        await drained
        await probeListener?.drain(limit: limit)
        for (_, door) in doors { try? await door.eventLoop.submit { door.value.stop() }.get() }
        try await group.shutdownGracefully()
    }

    private func makeDoors(_ group: any EventLoopGroup) async throws -> [ObjectIdentifier: NIOLoopBound<Door>] {
        var doors: [ObjectIdentifier: NIOLoopBound<Door>] = [:]
        for loop in group.makeIterator() {
            doors[ObjectIdentifier(loop)] = try await loop.submit { [options, linkTLS, logger, tls, metrics] in
                let door = Door(
                    options, offersTLS: tls != nil, linkTLS: linkTLS, on: loop, metrics: metrics, logger: logger)
                return NIOLoopBound(door, eventLoop: loop)
            }.get()
        }
        return doors
    }

    private func listenForProbes(
        _ doors: [ObjectIdentifier: NIOLoopBound<Door>], _ group: any EventLoopGroup
    ) async throws -> Listener? {
        guard let endpoint = options.observation.metrics, let metrics else { return nil }
        let links = LinkCount(options.upstream, Array(doors.values))
        metrics.observeProcess()
        metrics.observe(.proxySessions) { [census] in Double(census.total.sessions) }
        metrics.observe(.proxyStrangers) { [census] in Double(census.total.strangers) }
        metrics.observe(.linksReady) { await links.samples }
        let probes = Probes(metrics, Readiness([{ [state] in state.missing }, { await links.missing }]))
        return try await Daemon.answer(probes, at: endpoint, group: group, logger: logger)
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
        settings.balancers = options.balancer
        settings.handshakeFailures = metrics.map { Counter(.proxyHandshakeFailures, in: $0) }
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
