import CoreMetrics
import Daemon
import Input
import Link
import Logging
import NIOCore
import Wire

/// What the sessions of one event loop share.
struct SessionParts {
    let pool: Pool
    /// The commands that they answer themselves.
    let commands: SessionCommands
}

/// The servers of the site: which there are, what is to be told of them, and whether they are enough. Each event loop has
/// a pool of them.
///
/// What is changed here is changed in every pool in the same order: each change is given to all of them, whole, before
/// anything is waited for.
actor Directory {
    /// For servers that are added to say what they answer, before those are left that they replace.
    private static let patience = Duration.seconds(10)

    nonisolated let start = NIODeadline.now()
    private nonisolated let parts: [ObjectIdentifier: NIOLoopBound<SessionParts>]
    private let links: LinkOptions
    private let logger: Logger
    /// What links beyond this machine are encrypted with, once there is one.
    private(set) var linkTLS: TLSIdentity?
    /// In the order in which they were named.
    private(set) var upstreams: [Endpoint] = []
    /// Where those are that have a name with several addresses.
    private var named: [Endpoint: NamedServers] = [:]
    /// Those that get nothing more, at whatever addresses they will have.
    private var draining: Set<Endpoint> = []

    /// Reads the certificates for links if there is a link that needs them.
    ///
    /// - Throws: `StartError` for what is in the way.
    init(
        _ options: ClaveroProxy, offersTLS: Bool, on group: any EventLoopGroup, linkTLS: TLSIdentity?,
        metrics: (any MetricsFactory)?, logger: Logger
    ) async throws {
        let host = options.sessions
        let limits = options.servers.limits(unwritten: host.unwritten)
        var parts: [ObjectIdentifier: NIOLoopBound<SessionParts>] = [:]
        for loop in group.makeIterator() {
            parts[ObjectIdentifier(loop)] = try await loop.submit {
                let pool = Pool(limits: limits, on: loop, metrics: metrics, logger: logger)
                let commands = SessionCommands(host: host.name, limits: host.limits, offersTLS: offersTLS)
                return NIOLoopBound(SessionParts(pool: pool, commands: commands), eventLoop: loop)
            }.get()
        }
        self.parts = parts
        (links, self.linkTLS, self.logger) = (options.links, linkTLS, logger)
        for endpoint in options.upstream where !upstreams.contains(endpoint) {
            upstreams.append(endpoint)
            try await add(endpoint, isFirst: true)
        }
    }

    /// The number of event loops.
    nonisolated var count: Int { parts.count }

    /// What the session of a connection shares with others. Only on its event loop.
    nonisolated func parts(of channel: any Channel) -> SessionParts {
        parts[ObjectIdentifier(channel.eventLoop)]!.value
    }

    /// All that there are links to, in the order of the upstreams, each once.
    var servers: [Endpoint] {
        upstreams.flatMap(servers(of:)).reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }

    private func servers(of upstream: Endpoint) -> [Endpoint] { named[upstream]?.servers ?? [upstream] }

    /// The upstreams that a server belongs to: itself, or those of whose names it is an address. None once it is to go.
    func upstreams(with server: Endpoint) -> [Endpoint] { upstreams.filter { servers(of: $0).contains(server) } }

    // MARK: - Changes

    /// Connects to a server, from now on.
    ///
    /// - Throws: `.upstreamKnown`; or `.noLinkTLS`, with the reason in the log.
    func add(_ endpoint: Endpoint) async throws(Failure) {
        guard !upstreams.contains(endpoint), !servers.contains(endpoint) else { throw .upstreamKnown }
        do {
            try prepare(for: [endpoint])
            upstreams.append(endpoint)
            try await add(endpoint, isFirst: false)
        } catch {
            logger.error("no link can be made", metadata: ["upstream": "\(endpoint)", "reason": "\(error)"])
            throw .noLinkTLS
        }
        logger.info("a server is added", metadata: ["upstream": "\(endpoint)"])
    }

    /// Leaves a server, which finishes what is under way.
    ///
    /// - Throws: `.upstreamUnknown`.
    func drop(_ endpoint: Endpoint) async throws(Failure) {
        guard let index = upstreams.firstIndex(of: endpoint) else { throw .upstreamUnknown }
        let old = servers
        upstreams.remove(at: index)
        named[endpoint] = nil
        draining.remove(endpoint)
        await leave(old)
        logger.info("a server is dropped", metadata: ["upstream": "\(endpoint)"])
    }

    /// An upstream's name was answered by these addresses. If there are several, each is a server.
    func follow(_ upstream: Endpoint, _ found: [Endpoint]) async {
        guard upstreams.contains(upstream), found.count > 1 || named[upstream] != nil, !found.isEmpty else { return }
        let (old, known) = (servers, servers(of: upstream))
        named[upstream, default: NamedServers()].take(found)
        let now = servers(of: upstream)
        guard Set(now) != Set(known) else { return }
        let new = servers.filter { !old.contains($0) }
        let tls = links.isEncrypted(upstream) ? linkTLS : nil
        let isDraining = draining.contains(upstream)
        logger.info(
            "a name has other addresses",
            metadata: ["upstream": "\(upstream)", "addresses": "\(now.map(\.description).joined(separator: " "))"])
        await onEach { pool in
            for endpoint in new {
                pool.add(endpoint, tls: tls, isAwaited: false)
                if isDraining { pool.setDraining(endpoint, true) }
            }
        }
        // What the name itself was connected to is left when its addresses are.
        if known == [upstream] { await waitFor(new) }
        await leave(old)
    }

    /// Until those of them that are to get something have said what they answer, or for a while.
    func waitFor(_ servers: [Endpoint]) async {
        let start = ContinuousClock.now
        while start.duration(to: .now) < Self.patience, !Task.isCancelled {
            let waiting = await reports.contains { server, report in
                servers.contains(server) && ![.ready, .draining].contains(report.state)
            }
            guard waiting else { return }
            try? await Task.sleep(for: .milliseconds(20))
        }
        guard !Task.isCancelled else { return }
        logger.warning("a server that was added is not ready; those that it replaces are dropped all the same")
    }

    /// Leaves those of before that no upstream has any more.
    private func leave(_ old: [Endpoint]) async {
        let servers = servers
        let gone = old.filter { !servers.contains($0) }
        await onEach { pool in for endpoint in gone { pool.remove(endpoint) } }
    }

    /// Gives a server nothing more, or all as before.
    ///
    /// - Throws: `.upstreamUnknown`.
    func setDraining(_ endpoint: Endpoint, _ isDraining: Bool) async throws(Failure) {
        let meant = upstreams.contains(endpoint) ? servers(of: endpoint) : servers.filter { $0 == endpoint }
        guard !meant.isEmpty else { throw .upstreamUnknown }
        if !isDraining {
            draining.remove(endpoint)
        } else if upstreams.contains(endpoint) {
            draining.insert(endpoint)
        }
        await onEach { pool in for server in meant { pool.setDraining(server, isDraining) } }
        logger.info(
            isDraining ? "a server is drained" : "a server is drained no more", metadata: ["upstream": "\(endpoint)"])
    }

    /// Reads the certificates for links, if none were needed so far and one of these needs them.
    func prepare(for endpoints: [Endpoint]) throws {
        guard linkTLS == nil, endpoints.contains(where: links.isEncrypted) else { return }
        linkTLS = try links.identity(for: .linkClient)
    }

    private func add(_ endpoint: Endpoint, isFirst: Bool) async throws {
        let tls = links.isEncrypted(endpoint) ? linkTLS : nil
        await onEach { $0.add(endpoint, tls: tls, isAwaited: isFirst) }
    }

    func connect() async { await onEach { $0.connect() } }

    func stop() async { await onEach { $0.stop() } }

    /// All are asked before one is waited for, so that of two changes the first is the first everywhere.
    @discardableResult
    func onEach<Value: Sendable>(_ body: @escaping @Sendable (Pool) -> Value) async -> [Value] {
        let results = parts.values.map { part in part.eventLoop.submit { body(part.value.pool) } }
        var values: [Value] = []
        for result in results {
            if let value = try? await result.get() { values.append(value) }
        }
        return values
    }
}
