import CoreMetrics
import Daemon
import Link
import Logging
import NIOCore
import Wire

/// What the sessions of one event loop share: two links to each server, one for small requests and one for large ones,
/// and the router over the plugins that the servers have announced.
final class Door {
    let session: SessionCommands
    let router: Router
    private let small: Fleet
    private let large: Fleet
    private let logger: Logger
    private var upstreams: [(endpoint: Endpoint, link: Upstream)] = []
    /// Verbs of which the log has said that two plugins have them.
    private var doubled: [Verb] = []

    init(
        _ options: ClaveroProxy, offersTLS: Bool, linkTLS: TLSIdentity?, on loop: any EventLoop,
        metrics: (any MetricsFactory)?, logger: Logger
    ) {
        session = SessionCommands(host: options.sessions.name, limits: options.sessions.limits, offersTLS: offersTLS)
        router = Router(session: session, over: [], arePipelined: true)
        self.logger = logger
        let limits = options.servers.limits
        small = Fleet(limits: limits, on: loop)
        large = Fleet(limits: limits, on: loop)
        for (size, fleet) in [("small", small), ("large", large)] {
            var logger = logger
            logger[metadataKey: "requests"] = "\(size)"
            for endpoint in options.upstream {
                let link = Upstream(
                    to: endpoint, tls: options.links.isEncrypted(endpoint) ? linkTLS : nil, limits: limits, on: loop,
                    logger: logger, meter: metrics.map { UpstreamMeter(endpoint, in: $0) }
                ) { [unowned self] in refresh() }
                fleet.add(link)
                upstreams.append((endpoint, link))
            }
        }
        refresh()
    }

    /// Where the links go, and whether they take requests.
    var links: [(endpoint: Endpoint, isReady: Bool)] { upstreams.map { ($0.endpoint, $0.link.isReady) } }

    /// Servers that have not said what they answer, on one of their links.
    var unheard: [Endpoint] { upstreams.filter { !$0.link.manifest.isComplete }.map(\.endpoint) }

    /// The plugins that were announced, and whether a request of either size would find a server for them.
    var plugins: [(name: String, isServed: Bool)] {
        small.sets.map { ($0.plugin, $0.isServed && large.set(of: $0.plugin).isServed) }
    }

    func connect() {
        small.connect()
        large.connect()
    }

    func stop() {
        small.stop()
        large.stop()
    }

    /// A server has announced itself.
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
