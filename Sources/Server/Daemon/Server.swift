import Commands
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

/// A running server. Each connection has a session or a link, which passes requests to a router, and the router
/// passes them to the gate.
struct Server: Service {
    let options: Serve
    let logger: Logger
    /// Called when the server is ready for connections.
    private let listening: @Sendable (Listener) -> Void
    let parts: ServerComponents
    private let settings: ReloadableSettings<Serve>?
    let linkTLS: TLSIdentity?
    private let lanes = LaneNumbers()
    private let links = LaneNumbers()
    let state = ServingState()
    /// The metrics; nil if no endpoint serves them.
    let metrics: PrometheusRegistry?
    private let connectionLimiter: ConnectionLimiter
    private let addressLimiter: AddressLimiter
    let memory: BodyMemory

    /// Opens the files and the database that the server needs.
    ///
    /// - Parameter settings: Reads the settings again at SIGHUP; nil if they are not read again.
    /// - Throws: `StartError` with the reason why the server cannot start.
    init(
        _ options: Serve, _ settings: ReloadableSettings<Serve>? = nil, logger: Logger,
        listening: @escaping @Sendable (Listener) -> Void = { _ in }
    ) async throws {
        self.options = options
        self.settings = settings
        self.logger = logger
        self.listening = listening
        metrics = options.observation.metrics.map { _ in PrometheusRegistry(Metric.serverMetrics) }
        let descriptors = Descriptors(reserved: 256)
        let factory: any MetricsFactory = metrics ?? NOOPMetricsHandler.instance
        connectionLimiter = ConnectionLimiter(
            capacity: descriptors.connections, logger: logger, pauses: Counter(.serverAcceptPauses, in: factory))
        addressLimiter = AddressLimiter(
            sessions: descriptors.ofOneAddress, unauthenticated: descriptors.ofOneAddress,
            refusals: .serverRefusedSessions, metrics: factory)
        let refusals = Counter(.serverBodyRefusals, in: factory)
        memory = options.sessions.memory { refusals.increment() }
        let files = DataDirectory(path: options.dataDir).linkFiles(of: options.plugins.names[0])
        linkTLS =
            options.links.isEncrypted(options.listen)
            ? try options.links.identity(for: .linkServer, standard: files) : nil
        Daemon.warn(of: [linkTLS].compactMap { $0 }, logger: logger)
        ServiceManager.current.tellStatus("waiting for the database")
        parts = try await ServerComponents(options, metrics: metrics, logger: logger)
    }

    func run() async throws {
        do {
            try await runUntilStopped()
        } catch {
            await parts.close()
            throw error
        }
        await parts.close()
    }

    private func runUntilStopped() async throws {
        await parts.database.warn(logger)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: options.sessions.threads)
        let observation = try await observe(group)
        let plugins = try await Plugins(
            options.pluginOptions, unwritten: options.sessions.unwritten,
            data: DataDirectory(path: options.stateDirectory), gate: parts.gate, commands: parts.pluginCommands,
            on: group.next(), logger: logger)
        await plugins.start()
        let counting = Task { [parts, logger] in await parts.countKeyUses(logger: logger) }
        defer { counting.cancel() }
        do {
            try await serve(group, plugins)
        } catch {
            await plugins.stop()
            throw error
        }
        await plugins.stop()
        await observation?.end()
        try await group.shutdownGracefully()
    }

    /// Accepts connections until the daemon is told to stop, and then waits for the running requests.
    private func serve(_ group: any EventLoopGroup, _ plugins: Plugins) async throws {
        let hangUps = await Daemon.hangUps()
        let adminListener = try await listenForOperator(group)
        let componentsByLoop = try await componentsByLoop(group)
        let listener = try await Daemon.listen(
            options.listen, group: group, limiter: connectionLimiter, initialize: clients(componentsByLoop))
        logger.info(
            "listening",
            metadata: [
                "address": "\(listener.address)", "plugins": "\(options.plugins.defaultValueDescription)",
                "tls": linkTLS == nil ? "none" : "mutual",
            ])
        let changed = { @Sendable in
            for components in componentsByLoop.values {
                // On the same event loop the router is refreshed at once, because the links of this loop are told
                // next.
                if components.eventLoop.inEventLoop {
                    components.value.router.refresh()
                } else {
                    components.eventLoop.execute { components.value.router.refresh() }
                }
            }
            listener.broadcast(ManifestChangeEvent())
        }
        plugins.whenChanged(changed)
        changed()
        state.become(.listening)
        listening(listener)
        let forgetting = adminListener == nil ? nil : Task { [parts] in await parts.forgetting.run() }
        defer { forgetting?.cancel() }
        let expiry = Daemon.watchCertificates({ [linkTLS] in [linkTLS].compactMap(\.self) }, logger: logger)
        defer { expiry.cancel() }
        let watch = ServiceWatch(group) { [parts, state] in await parts.statusLine(state.current) }
        try await Daemon.untilStopped(watch, reloadingAt: hangUps) { await reload() }
        state.become(.stopping)
        logger.info("stopping")
        let limit = TimeAmount.seconds(Int64(options.sessions.drainTimeout))
        async let drained: Void = listener.drain(limit: limit)
        await adminListener?.drain(limit: limit)
        await drained
        await watch.end()
    }

    private func reload() async {
        parts.reload(logger: logger)
        Daemon.reload([linkTLS].compactMap { $0 }, logger: logger)
        guard let settings, let new = await settings.reload() else { return }
        parts.take(new.command)
        settings.logReload(of: new)
    }

    private func listenForOperator(_ group: any EventLoopGroup) async throws -> Listener? {
        guard let endpoint = try options.adminEndpoint else { return nil }
        let listener = try await Daemon.listen(
            endpoint, group: group, socketMode: options.administration.adminAccess.mode, initialize: operators())
        logger.info("the admin socket is open", metadata: ["address": "\(listener.address)"])
        return listener
    }

    /// The objects that all connections of an event loop share.
    private struct LoopComponents {
        let router: Router
        /// The commands that sessions answer themselves.
        let commands: SessionCommands
    }

    private typealias ComponentsByLoop = [ObjectIdentifier: NIOLoopBound<LoopComponents>]

    private func componentsByLoop(_ group: any EventLoopGroup) async throws -> ComponentsByLoop {
        let (gate, options) = (parts.gate, options.sessions)
        var componentsByLoop: ComponentsByLoop = [:]
        for loop in group.makeIterator() {
            componentsByLoop[ObjectIdentifier(loop)] = try await loop.submit {
                let commands = SessionCommands(host: options.name, limits: options.limits)
                let router = Router(over: [gate])
                return NIOLoopBound(LoopComponents(router: router, commands: commands), eventLoop: loop)
            }.get()
        }
        return componentsByLoop
    }

    private func clients(_ componentsByLoop: ComponentsByLoop) -> @Sendable (any Channel) throws -> Void {
        let (options, logger, linkTLS) = (options.sessions, logger, linkTLS)
        let (lanes, links) = (lanes, links)
        let sessions = parts.sessions
        var settings = options.settings
        (settings.tls, settings.count, settings.addressLimiter) = (linkTLS, sessions, addressLimiter)
        settings.memory = memory
        settings.handshakeFailures = metrics.map { Counter(.serverHandshakeFailures, in: $0) }
        let shared = SharedSessionSettings(settings, host: options.name)
        return { channel in
            let components = componentsByLoop[ObjectIdentifier(channel.eventLoop)]!.value
            let handler = SessionHandler(
                lane: lanes.next(), commands: components.commands, responder: components.router, settings: shared,
                isTLS: linkTLS != nil,
                becomeLink: { context, rest, id in
                    let link = DownstreamHandler(
                        name: options.name, number: links.next().number, id: id, responder: components.router,
                        count: sessions,
                        idle: shared.settings.timeouts.idle, memory: shared.settings.memory, logger: logger,
                        input: rest)
                    let pipeline = context.pipeline.syncOperations
                    try? pipeline.addHandler(link)
                    pipeline.removeHandler(context: context, promise: nil)
                })
            try handler.install(on: channel)
        }
    }

    private func operators() -> @Sendable (any Channel) throws -> Void {
        let (gates, options, lanes) = ([parts.adminGate, parts.gate], options.sessions, lanes)
        var common = options.settings
        common.memory = memory
        let settings = SharedSessionSettings(common, host: options.name)
        return { channel in
            let handler = SessionHandler(
                lane: lanes.next(), commands: SessionCommands(host: options.name, limits: options.limits),
                responder: Router(over: gates), settings: settings)
            try handler.install(on: channel)
        }
    }
}
