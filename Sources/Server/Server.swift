import Commands
import Daemon
import Foundation
import Link
import Logging
import NIOCore
import NIOPosix
import Seal
import ServiceLifecycle
import Store
import Synchronization
import Wire

/// A server: a session or a link, in front of a router, in front of the gate and its registry.
struct Server: Service {
    private let options: Serve
    private let logger: Logger
    /// Told when there is a port to connect to.
    private let listening: @Sendable (Listener) -> Void
    private let store: SQLiteStore
    private let gate: Gate

    /// Opens what the server needs.
    ///
    /// - Throws: `StartError` for what is in the way.
    init(
        _ options: Serve, logger: Logger, listening: @escaping @Sendable (Listener) -> Void = { _ in }
    ) throws {
        self.options = options
        self.logger = logger
        self.listening = listening
        let data = DataDirectory(path: options.dataDir)
        let publicKey = try data.tokenPublicKey()
        store = try data.store()
        let now: @Sendable () -> Int = { Int(Date().timeIntervalSince1970) }
        let identities = Identities(
            verifier: TokenVerifier(keys: [publicKey], issuer: options.site, audience: options.site), store: store,
            now: now)
        let hasher = try Hasher(
            cost: options.passwordCost, threads: options.hasherThreads, waiting: options.hasherQueue)
        let store = store
        let plugins = try options.plugins.names.map { name in
            switch name {
            case .keys:
                return KeysPlugin.plugin(store: store, rootKey: try data.rootKey(), hasher: hasher, now: now)
            case .auth:
                let signer = TokenSigner(key: try data.tokenKey(), issuer: options.site, audience: options.site)
                return AuthPlugin.plugin(
                    store: store, hasher: hasher, signer: signer, identities: identities,
                    lifetime: options.tokenLifetime, now: now)
            }
        }
        gate = Gate(try Registry(plugins), identities: identities) { verb, error in
            logger.error("a command failed", metadata: ["verb": "\(verb)", "reason": "\(error)"])
        }
    }

    func run() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: options.sessions.threads)
        let listener: Listener
        do {
            listener = try await Listener.bind(
                host: options.listen.host, port: options.listen.port, group: group, initialize: initializer())
        } catch {
            throw StartError(listening: options.listen, error)
        }
        logger.info(
            "listening",
            metadata: [
                "address": "\(listener.address)",
                "plugins": "\(options.plugins.defaultValueDescription)",
            ])
        listening(listener)
        try await gracefulShutdown()
        Daemon.endAtSecondSignal()
        logger.info("stopping")
        await listener.drain(limit: .seconds(Int64(options.sessions.drainTimeout)))
        try await group.shutdownGracefully()
        try? await store.close()
    }

    private func initializer() -> @Sendable (any Channel) throws -> Void {
        let (gate, options, logger) = (gate, options.sessions, logger)
        let lanes = Atomic<UInt64>(0)
        return { channel in
            let session = SessionCommands(host: options.name, limits: options.limits)
            let router = Router(session: session, over: [gate], arePipelined: false)
            let handler = SessionHandler(
                lane: lanes.add(1, ordering: .relaxed).newValue, responder: router, greeting: session.greeting,
                full: options.limits, stranger: options.strangerLimits, deadlines: options.deadlines,
                becomeLink: { context, rest in
                    let link = DownstreamHandler(name: options.name, responder: router, logger: logger, input: rest)
                    let pipeline = context.pipeline.syncOperations
                    try? pipeline.addHandler(link)
                    pipeline.removeHandler(context: context, promise: nil)
                })
            try channel.pipeline.syncOperations.addHandler(handler)
        }
    }
}
