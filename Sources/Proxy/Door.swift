import CoreMetrics
import Daemon
import Link
import Logging
import NIOCore
import Wire

/// What the sessions of one event loop share: two links to each server, one for small requests and one for large ones,
/// and the router over them.
final class Door {
    let session: SessionCommands
    let router: Router
    private let upstreams: [(endpoint: Endpoint, link: Upstream)]

    init(
        _ options: ClaveroProxy, offersTLS: Bool, linkTLS: TLSIdentity?, on loop: any EventLoop,
        metrics: (any MetricsFactory)?, logger: Logger
    ) {
        let session = SessionCommands(
            host: options.sessions.name, limits: options.sessions.limits, offersTLS: offersTLS)
        let change = Change()
        let links = ["small", "large"].map { size in
            options.upstream.map { endpoint in
                var logger = logger
                logger[metadataKey: "requests"] = "\(size)"
                let tls = options.links.isEncrypted(endpoint) ? linkTLS : nil
                let meter = metrics.map { UpstreamMeter(endpoint, in: $0) }
                return Upstream(to: endpoint, tls: tls, on: loop, logger: logger, meter: meter) { change.run() }
            }
        }
        let router = Router(session: session, over: links[0], large: links[1], arePipelined: true)
        change.run = { [weak router] in
            let doubled = router?.refresh() ?? []
            guard !doubled.isEmpty else { return }
            let verbs = doubled.map(\.description).joined(separator: " ")
            logger.warning("two servers announce one command; the first has it", metadata: ["verbs": "\(verbs)"])
        }
        self.session = session
        upstreams = links.flatMap { zip(options.upstream, $0).map { ($0, $1) } }
        self.router = router
    }

    /// Where the links go, and whether they take requests.
    var links: [(endpoint: Endpoint, isReady: Bool)] { upstreams.map { ($0.endpoint, $0.link.isReady) } }

    func connect() {
        for upstream in upstreams { upstream.link.connect() }
    }

    func stop() {
        for upstream in upstreams { upstream.link.stop() }
    }

    /// What an upstream calls before there is a router to tell.
    private final class Change {
        var run: () -> Void = {}
    }
}
