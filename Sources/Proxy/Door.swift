import CoreMetrics
import Daemon
import Link
import Logging
import NIOCore
import Wire

/// What the sessions of one event loop share: two links to each server, one for small requests and one for large ones,
/// and the router over the plugins that the servers have announced.
///
/// Confined to its event loop.
final class Door {
    /// The links to one server.
    private struct Server {
        let endpoint: Endpoint
        let small: Upstream
        let large: Upstream
        /// Whether it was there when the proxy started.
        let isFirst: Bool
        var isLeaving = false
    }

    let router: Router
    private let limits: Upstream.Limits
    private let loop: any EventLoop
    private let metrics: (any MetricsFactory)?
    private let small: Fleet
    private let large: Fleet
    private let logger: Logger
    private var servers: [Server] = []
    /// Verbs of which the log has said that two plugins have them.
    private var doubled: [Verb] = []

    init(
        _ options: ClaveroProxy, offersTLS: Bool, on loop: any EventLoop, metrics: (any MetricsFactory)?, logger: Logger
    ) {
        let session = SessionCommands(
            host: options.sessions.name, limits: options.sessions.limits, offersTLS: offersTLS)
        router = Router(session: session, over: [], arePipelined: true)
        limits = options.servers.limits
        (self.loop, self.metrics, self.logger) = (loop, metrics, logger)
        small = Fleet(limits: limits, on: loop)
        large = Fleet(limits: limits, on: loop)
    }

    /// Servers that have not said what they answer, on one of their links, of those that were there from the start.
    var unheard: [Endpoint] {
        servers.filter { server in
            server.isFirst && !server.isLeaving
                && ![server.small, server.large].allSatisfy { $0.manifest.isComplete }
        }.map(\.endpoint)
    }

    /// The plugins that were announced, and whether a request of either size would find a server for them.
    var plugins: [(name: String, isServed: Bool)] {
        small.sets.map { ($0.plugin, $0.isServed && large.set(of: $0.plugin).isServed) }
    }

    /// What is to be told of each server, of its links here.
    var reports: [(endpoint: Endpoint, report: ReplicaReport)] {
        servers.map { server in
            var report = ReplicaReport()
            for part in [small.report(of: server.small), large.report(of: server.large)].compactMap(\.self) {
                report.add(part)
            }
            return (server.endpoint, report)
        }
    }

    /// One that is there, as it has not been left yet, stays.
    ///
    /// `tls`: what its links are encrypted with; nil for those in clear.
    func add(_ endpoint: Endpoint, tls: TLSIdentity?, isFirst: Bool) {
        guard index(of: endpoint) == nil else { return }
        let meter = metrics.map { UpstreamMeter(endpoint, in: $0) }
        let links = ["small", "large"].map { size in
            var logger = logger
            logger[metadataKey: "requests"] = "\(size)"
            return Upstream(to: endpoint, tls: tls, limits: limits, on: loop, logger: logger, meter: meter) {
                [unowned self] in refresh()
            }
        }
        servers.append(Server(endpoint: endpoint, small: links[0], large: links[1], isFirst: isFirst))
        small.add(links[0], isAwaited: isFirst)
        large.add(links[1], isAwaited: isFirst)
        refresh()
    }

    /// Gives the server nothing more; its links end when what is under way there is answered.
    func remove(_ endpoint: Endpoint) {
        guard let index = index(of: endpoint) else { return }
        servers[index].isLeaving = true
        let server = servers[index]
        let gone = { [unowned self] in
            servers.removeAll { !small.has($0.small) && !large.has($0.large) }
            refresh()
        }
        small.remove(server.small, gone: gone)
        large.remove(server.large, gone: gone)
        refresh()
    }

    func rest(_ endpoint: Endpoint, _ isResting: Bool) {
        guard let index = index(of: endpoint) else { return }
        small.rest(servers[index].small, isResting)
        large.rest(servers[index].large, isResting)
    }

    private func index(of endpoint: Endpoint) -> Int? {
        servers.firstIndex { $0.endpoint == endpoint && !$0.isLeaving }
    }

    func connect() {
        small.connect()
        large.connect()
    }

    func stop() {
        small.stop()
        large.stop()
    }

    /// A server has announced itself, or is there no more.
    private func refresh() {
        small.refresh()
        large.refresh()
        let found = router.extend(
            to: small.sets, large: small.sets.map { large.set(of: $0.plugin) }, order: small.order,
            isComplete: small.isComplete)
        guard !found.isEmpty, found != doubled else { return }
        doubled = found
        let verbs = found.map(\.description).joined(separator: " ")
        logger.warning("two plugins announce one command; the first has it", metadata: ["verbs": "\(verbs)"])
    }
}
