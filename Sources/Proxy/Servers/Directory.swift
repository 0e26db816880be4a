import CoreMetrics
import Daemon
import Input
import Link
import Logging
import NIOCore
import Wire

/// The components that the sessions of one event loop share.
struct LoopComponents {
    let pool: Pool
    /// The commands that the sessions answer themselves.
    let commands: SessionCommands
}

/// The servers of the site, the reports on them, and whether they suffice. Each event loop has a pool of them.
///
/// All pools get the same changes in the same order. Each change is handed to all pools before any of them is waited
/// for.
actor Directory {
    /// The time that added servers have to announce their commands, before the servers that they replace are left.
    private static let patience = Duration.seconds(10)

    nonisolated let start = NIODeadline.now()
    private nonisolated let components: [ObjectIdentifier: NIOLoopBound<LoopComponents>]
    private let links: LinkOptions
    private let logger: Logger
    /// The TLS identity for links beyond this machine; nil until one is needed.
    private(set) var linkTLS: TLSIdentity?
    /// The upstreams, in the order in which they were named.
    private(set) var upstreams: [Endpoint] = []
    /// The servers of the upstreams whose names have several addresses.
    private var named: [Endpoint: NamedServers] = [:]
    /// The drained upstreams. They get no more requests, at whatever addresses their names will have.
    private var draining: Set<Endpoint> = []

    /// Creates the pools and adds the upstreams of the options to them.
    ///
    /// - Throws: An error if the pool of an event loop cannot be created.
    init(
        _ options: ClaveroProxy, offersTLS: Bool, on group: any EventLoopGroup, linkTLS: TLSIdentity?,
        metrics: (any MetricsFactory)?, logger: Logger
    ) async throws {
        let host = options.sessions
        let limits = options.servers.limits(unwritten: host.unwritten)
        let statuses = LinkStatusTable()
        var components: [ObjectIdentifier: NIOLoopBound<LoopComponents>] = [:]
        for loop in group.makeIterator() {
            components[ObjectIdentifier(loop)] = try await loop.submit {
                let pool = Pool(limits: limits, on: loop, metrics: metrics, statuses: statuses, logger: logger)
                let commands = SessionCommands(host: host.name, limits: host.limits, offersTLS: offersTLS)
                return NIOLoopBound(LoopComponents(pool: pool, commands: commands), eventLoop: loop)
            }.get()
        }
        self.components = components
        (links, self.linkTLS, self.logger) = (options.links, linkTLS, logger)
        for endpoint in options.upstream where !upstreams.contains(endpoint) {
            upstreams.append(endpoint)
            try await add(endpoint, isFirst: true)
        }
    }

    /// The number of event loops.
    nonisolated var count: Int { components.count }

    /// Returns the components that the session of a connection shares with others. It may be called only on the
    /// connection's event loop.
    nonisolated func components(of channel: any Channel) -> LoopComponents {
        components[ObjectIdentifier(channel.eventLoop)]!.value
    }

    /// The servers to which links exist, each once, in the order of the upstreams.
    var servers: [Endpoint] {
        upstreams.flatMap(servers(of:)).reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }

    private func servers(of upstream: Endpoint) -> [Endpoint] { named[upstream]?.servers ?? [upstream] }

    /// Returns the upstreams that a server belongs to: itself, or those whose names have its address. The list is
    /// empty if the server is being left.
    func upstreams(with server: Endpoint) -> [Endpoint] { upstreams.filter { servers(of: $0).contains(server) } }

    // MARK: - Changes

    /// Adds a server and connects to it.
    ///
    /// - Throws: `.upstreamKnown` if the proxy has it already; `.noLinkTLS` if no link can be made, with the reason
    ///   in the log.
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

    /// Removes a server, which finishes its running requests.
    ///
    /// - Throws: `.upstreamUnknown` if the proxy does not have it.
    func drop(_ endpoint: Endpoint) async throws(Failure) {
        guard let index = upstreams.firstIndex(of: endpoint) else { throw .upstreamUnknown }
        let old = servers
        upstreams.remove(at: index)
        named[endpoint] = nil
        draining.remove(endpoint)
        await leave(old)
        logger.info("a server is dropped", metadata: ["upstream": "\(endpoint)"])
    }

    /// Takes the addresses that the resolver found for an upstream's name. If it found several, each address becomes
    /// a server.
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
            "the addresses of a name have changed",
            metadata: ["upstream": "\(upstream)", "addresses": "\(now.map(\.description).joined(separator: " "))"])
        await onEach { pool in
            for endpoint in new {
                pool.add(endpoint, tls: tls, isAwaited: false)
                if isDraining { pool.setDraining(endpoint, true) }
            }
        }
        // Until now the name itself was the server. It is left only when the servers at its addresses are ready.
        if known == [upstream] { await waitFor(new) }
        await leave(old)
    }

    /// Waits until each of these servers is ready or drained, or until a limit is reached.
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
        logger.warning("an added server is not ready; the servers that it replaces are dropped anyway")
    }

    /// Removes the servers of `old` that no upstream has any more from the pools.
    private func leave(_ old: [Endpoint]) async {
        let servers = servers
        let gone = old.filter { !servers.contains($0) }
        await onEach { pool in for endpoint in gone { pool.remove(endpoint) } }
    }

    /// Drains a server, so that it gets no more requests, or ends its drain.
    ///
    /// - Throws: `.upstreamUnknown` if the proxy does not have it.
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
            isDraining ? "a server is drained" : "a server is no longer drained", metadata: ["upstream": "\(endpoint)"])
    }

    /// Reads the certificates for links, if they have not been read and one of these endpoints needs them.
    ///
    /// - Throws: `StartError` if the certificates cannot be used.
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

    /// Runs `body` on every pool, and returns the results. All event loops get the work before any is waited for, so
    /// two changes take effect in the same order everywhere.
    @discardableResult
    func onEach<Value: Sendable>(_ body: @escaping @Sendable (Pool) -> Value) async -> [Value] {
        let results = components.values.map { part in part.eventLoop.submit { body(part.value.pool) } }
        var values: [Value] = []
        for result in results {
            if let value = try? await result.get() { values.append(value) }
        }
        return values
    }
}
