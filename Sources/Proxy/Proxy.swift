import CoreMetrics
import Daemon
import Input
import Link
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Telemetry
import Wire

/// The service of the proxy. It holds the sessions, and has a pool of the servers for each event loop.
struct Proxy: Service {
    let options: ClaveroProxy
    let logger: Logger
    let tls: TLSIdentity?
    private let linkTLS: TLSIdentity?
    let addressLimiter: AddressLimiter
    private let connectionLimiter: ConnectionLimiter
    let memory: BodyMemory
    let admission = AdmissionSwitch()
    private let sessions: LiveSettings
    private let lanes = LaneNumbers()
    let state = ServingState()
    /// The registry of the metrics; nil if the metrics option is not set.
    let metrics: PrometheusRegistry?
    /// A closure that is called with the listener when clients can connect.
    private let listening: @Sendable (Listener) -> Void
    /// The closure that reads the settings again; nil if they cannot be read again.
    private let read: ReloadableSettings<ClaveroProxy>.Read?

    /// Creates the proxy and reads the certificates.
    ///
    /// - Throws: `StartError` if the proxy cannot start with these options.
    init(
        _ options: ClaveroProxy, logger: Logger, read: ReloadableSettings<ClaveroProxy>.Read? = nil,
        listening: @escaping @Sendable (Listener) -> Void = { _ in }
    ) throws {
        self.options = options
        self.logger = logger
        self.listening = listening
        self.read = read
        tls = try options.tls.identity()
        linkTLS =
            options.upstream.contains(where: options.links.isEncrypted)
            ? try options.links.identity(for: .linkClient) : nil
        Daemon.warn(of: [tls, linkTLS].compactMap { $0 }, logger: logger)
        metrics = options.observation.metrics.map { _ in PrometheusRegistry(Metric.proxyMetrics) }
        let factory: any MetricsFactory = metrics ?? NOOPMetricsHandler.instance
        let descriptors = Descriptors(reserved: options.reservedDescriptors)
        addressLimiter = AddressLimiter(
            sessions: min(options.clients.addressSessions, descriptors.ofOneAddress),
            unauthenticated: min(options.clients.addressStrangers, descriptors.ofOneAddress), metrics: factory)
        connectionLimiter = ConnectionLimiter(
            capacity: descriptors.connections, logger: logger, pauses: Counter(.proxyAcceptPauses, in: factory))
        if descriptors.ofOneAddress < max(options.clients.addressSessions, options.clients.addressStrangers) {
            logger.notice(
                "the limit of open files allows an address fewer sessions than the settings",
                metadata: ["sessions": "\(descriptors.ofOneAddress)"])
        }
        var settings = options.sessions.settings
        settings.tls = tls
        settings.addressLimiter = addressLimiter
        settings.admission = admission
        let refusals = Counter(.proxyBodyRefusals, in: factory)
        memory = options.sessions.memory { refusals.increment() }
        settings.memory = memory
        settings.handshakeFailures = metrics.map { Counter(.proxyHandshakeFailures, in: $0) }
        sessions = LiveSettings(settings, host: options.sessions.name)
        sessions.take(options)
    }

    func run() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: options.sessions.threads)
        let directory = try await Directory(
            options, offersTLS: tls != nil, on: group, linkTLS: linkTLS, metrics: metrics, logger: logger)
        let observation = try await observe(directory, group)
        let agentListener = try await listenForAgents(directory, group)
        let hangUps = await Daemon.hangUps()
        let reload = read.map { SettingsReload(options, directory, sessions, logger: logger, read: $0) }
        let adminListener = try await listenForOperator(directory, group)
        let listener = try await listen(options.listen, isTLS: false, directory, group)
        let listenerTLS: Listener?
        if let endpoint = options.listenTLS {
            listenerTLS = try await listen(endpoint, isTLS: true, directory, group)
        } else {
            listenerTLS = nil
        }
        // The proxy connects to the servers only now: if it cannot listen, they should not hear from it.
        await directory.connect()
        let site = NameWatch.Site(upstreams: { await directory.upstreams }, follow: { await directory.follow($0, $1) })
        let names = Task { [logger] in await NameWatch(site, logger: logger).run() }
        defer { names.cancel() }
        state.become(.listening)
        listening(listener)
        let identities = { @Sendable [tls] in [tls, await directory.linkTLS].compactMap(\.self) }
        let expiry = Daemon.watchCertificates(identities, logger: logger)
        defer { expiry.cancel() }
        let proxy = running(directory)
        let watch = ServiceWatch(group) { await proxy.statusLine }
        try await Daemon.untilStopped(watch, reloadingAt: hangUps) { [logger] in
            Daemon.reload(await identities(), logger: logger)
            await reload?.run()
        }
        state.become(.stopping)
        logger.info("stopping")
        let seconds = await (reload?.options ?? options).sessions.drainTimeout
        let limit = TimeAmount.seconds(Int64(seconds))
        async let drained: Void = listener.drain(limit: limit)
        await listenerTLS?.drain(limit: limit)
        await drained
        await watch.end()
        for other in [adminListener, agentListener].compactMap({ $0 }) { await other.drain(limit: .seconds(1)) }
        await observation?.end()
        await directory.stop()
        try await group.shutdownGracefully()
    }

    private func listenForOperator(_ directory: Directory, _ group: any EventLoopGroup) async throws -> Listener? {
        guard let endpoint = try options.adminEndpoint else { return nil }
        let (options, lanes) = (options.sessions, lanes)
        var common = options.settings
        common.memory = memory
        let settings = SharedSessionSettings(common, host: options.name)
        let responder = OperatorResponder(running(directory))
        let listener = try await Daemon.listen(endpoint, group: group) { channel in
            let handler = SessionHandler(
                lane: lanes.next(), commands: SessionCommands(host: options.name, limits: options.limits),
                responder: Router(over: [responder]), settings: settings)
            try handler.install(on: channel)
        }
        logger.info("the admin socket is open", metadata: ["address": "\(listener.address)"])
        return listener
    }

    private func listen(
        _ endpoint: Endpoint, isTLS: Bool, _ directory: Directory, _ group: any EventLoopGroup
    ) async throws -> Listener {
        let (sessions, lanes) = (sessions, lanes)
        let listener = try await Daemon.listen(endpoint, group: group, limiter: connectionLimiter) { channel in
            let components = directory.components(of: channel)
            let handler = SessionHandler(
                lane: lanes.next(), commands: components.commands, responder: components.pool,
                settings: sessions.current,
                isTLS: isTLS)
            try handler.install(on: channel)
        }
        logger.info(
            "listening", metadata: ["address": "\(listener.address)", "tls": isTLS ? "implicit" : "\(startTLS)"])
        return listener
    }

    private var startTLS: String { tls == nil ? "none" : "starttls" }
}
