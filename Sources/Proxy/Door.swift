import CoreMetrics
import Daemon
import Link
import Logging
import NIOCore
import Wire

/// The parts that the sessions of one event loop share: a link to each server, and the router over the plugins that the
/// servers have announced.
///
/// Confined to its event loop.
final class Door {
    /// The link to one server.
    private struct Server {
        let endpoint: Endpoint
        let link: Upstream
        /// Whether it was there when the proxy started.
        let isFirst: Bool
        var isLeaving = false
    }

    let router = Router(over: [], arePipelined: true)
    /// The commands that the sessions answer themselves.
    let commands: SessionCommands
    private let limits: Upstream.Limits
    private let loop: any EventLoop
    private let metrics: (any MetricsFactory)?
    private let fleet: Fleet
    private let logger: Logger
    private var servers: [Server] = []
    /// Verbs of which the log has said that two plugins have them.
    private var doubled: [Verb] = []

    init(
        _ options: ClaveroProxy, offersTLS: Bool, on loop: any EventLoop, metrics: (any MetricsFactory)?, logger: Logger
    ) {
        commands = SessionCommands(
            host: options.sessions.name, limits: options.sessions.limits, offersTLS: offersTLS)
        limits = options.servers.limits
        (self.loop, self.metrics, self.logger) = (loop, metrics, logger)
        fleet = Fleet(limits: limits, on: loop)
    }

    /// Servers that have not said what they answer, of those that were there from the start.
    var unheard: [Endpoint] {
        servers.filter { $0.isFirst && !$0.isLeaving && !$0.link.manifest.isComplete }.map(\.endpoint)
    }

    /// The plugins that were announced, and whether a request would find a server for them.
    var plugins: [(name: String, isServed: Bool)] { fleet.sets.map { ($0.plugin, $0.isServed) } }

    /// A report about each server, of its link on this event loop.
    var reports: [(endpoint: Endpoint, report: ReplicaReport)] {
        servers.map { ($0.endpoint, fleet.report(of: $0.link) ?? ReplicaReport()) }
    }

    /// One that is there, as it has not been left yet, stays.
    ///
    /// `tls`: what its link is encrypted with; nil for one in clear.
    func add(_ endpoint: Endpoint, tls: TLSIdentity?, isFirst: Bool) {
        guard index(of: endpoint) == nil else { return }
        let meter = metrics.map { UpstreamMeter(endpoint, in: $0) }
        let link = Upstream(to: endpoint, tls: tls, limits: limits, on: loop, logger: logger, meter: meter) {
            [unowned self] in refresh()
        }
        servers.append(Server(endpoint: endpoint, link: link, isFirst: isFirst))
        fleet.add(link, isAwaited: isFirst)
        refresh()
    }

    /// Gives the server nothing more; its link ends when what is under way there is answered.
    func remove(_ endpoint: Endpoint) {
        guard let index = index(of: endpoint) else { return }
        servers[index].isLeaving = true
        fleet.remove(servers[index].link) { [unowned self] in
            servers.removeAll { !fleet.has($0.link) }
            refresh()
        }
        refresh()
    }

    func rest(_ endpoint: Endpoint, _ isResting: Bool) {
        guard let index = index(of: endpoint) else { return }
        fleet.rest(servers[index].link, isResting)
    }

    private func index(of endpoint: Endpoint) -> Int? {
        servers.firstIndex { $0.endpoint == endpoint && !$0.isLeaving }
    }

    func connect() {
        fleet.connect()
    }

    func stop() {
        fleet.stop()
    }

    /// A server has announced itself, or is there no more.
    private func refresh() {
        fleet.refresh()
        let found = router.extend(to: fleet.sets, order: fleet.order, isComplete: fleet.isComplete)
        guard !found.isEmpty, found != doubled else { return }
        doubled = found
        let verbs = found.map(\.description).joined(separator: " ")
        logger.warning("two plugins announce one command; the first has it", metadata: ["verbs": "\(verbs)"])
    }
}
