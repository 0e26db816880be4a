import Daemon
import Link
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Synchronization
import Wire

/// The proxy: sessions in front of a router over its upstreams, of which each event loop has its own.
struct Proxy: Service {
    private let options: ClaveroProxy
    private let logger: Logger
    /// Told when there is a port to connect to.
    private let listening: @Sendable (Listener) -> Void

    init(
        _ options: ClaveroProxy, logger: Logger, listening: @escaping @Sendable (Listener) -> Void = { _ in }
    ) {
        self.options = options
        self.logger = logger
        self.listening = listening
    }

    func run() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: options.sessions.threads)
        var doors: [ObjectIdentifier: NIOLoopBound<Door>] = [:]
        for loop in group.makeIterator() {
            doors[ObjectIdentifier(loop)] = try await loop.submit { [options, logger] in
                NIOLoopBound(Door(options, on: loop, logger: logger), eventLoop: loop)
            }.get()
        }
        let listener: Listener
        do {
            listener = try await Listener.bind(
                host: options.listen.host, port: options.listen.port, group: group, initialize: initializer(doors))
        } catch {
            throw StartError(listening: options.listen, error)
        }
        logger.info("listening", metadata: ["address": "\(listener.address)"])
        listening(listener)
        try await gracefulShutdown()
        Daemon.endAtSecondSignal()
        logger.info("stopping")
        await listener.drain(limit: .seconds(Int64(options.sessions.drainTimeout)))
        for (_, door) in doors { try? await door.eventLoop.submit { door.value.stop() }.get() }
        try await group.shutdownGracefully()
    }

    private func initializer(
        _ doors: [ObjectIdentifier: NIOLoopBound<Door>]
    ) -> @Sendable (any Channel) throws -> Void {
        let options = options.sessions
        let lanes = Atomic<UInt64>(0)
        return { channel in
            let door = doors[ObjectIdentifier(channel.eventLoop)]!.value
            let handler = SessionHandler(
                lane: lanes.add(1, ordering: .relaxed).newValue, responder: door.router,
                greeting: door.session.greeting, full: options.limits, stranger: options.strangerLimits,
                deadlines: options.deadlines)
            try channel.pipeline.syncOperations.addHandler(handler)
        }
    }
}

/// What the sessions of one event loop share: a link to each server, and the router over them.
private final class Door {
    let session: SessionCommands
    let router: Router
    private let upstreams: [Upstream]

    init(_ options: ClaveroProxy, on loop: any EventLoop, logger: Logger) {
        let session = SessionCommands(host: options.sessions.name, limits: options.sessions.limits)
        let change = Change()
        let upstreams = options.upstream.map { endpoint in
            Upstream(host: endpoint.host, port: endpoint.port, on: loop, logger: logger) { change.run() }
        }
        let router = Router(session: session, over: upstreams, arePipelined: true)
        change.run = { [weak router] in
            let doubled = router?.refresh() ?? []
            guard !doubled.isEmpty else { return }
            let verbs = doubled.map(\.description).joined(separator: " ")
            logger.warning("two servers announce one command; the first has it", metadata: ["verbs": "\(verbs)"])
        }
        self.session = session
        self.upstreams = upstreams
        self.router = router
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
