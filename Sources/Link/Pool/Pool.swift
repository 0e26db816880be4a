import CoreMetrics
import Logging
import NIOCore
import Wire

/// The servers of a site, for the sessions of one event loop: a replica of each server, and one manifest of all
/// commands.
///
/// Every server that has announced a plugin can answer each request for that plugin's commands. A `RequestDispatcher`
/// chooses the server when a plugin has several. A plugin with one server needs no choice: its requests go to that
/// server's link directly. Confined to its event loop.
package final class Pool: Responder {
    /// The most plugins that one server may announce.
    static let mostPlugins = 32

    /// The commands of all plugins. The route of an entry is its plugin's.
    package private(set) var manifest = Manifest()
    /// The servers in the order in which they were added, with those that leave.
    private(set) var replicas: [Replica] = []
    private(set) var plugins = PluginTable()
    let loop: any EventLoop
    let logger: Logger
    private let limits: UpstreamLimits
    private let metrics: (any MetricsFactory)?
    private let statuses: LinkStatusTable
    /// The problems of the announcements that the log has named last.
    private(set) var problems = AnnouncementProblems()
    let dispatcher: RequestDispatcher
    private var timer: RepeatedTask?
    private var isConnected = false

    /// `metrics`: where requests and lost links are counted by server; nil if they are not. `statuses`: what the pools
    /// of all event loops share.
    package init(
        limits: UpstreamLimits, on loop: any EventLoop, metrics: (any MetricsFactory)? = nil,
        statuses: LinkStatusTable = LinkStatusTable(), logger: Logger
    ) {
        (self.limits, self.loop, self.metrics, self.logger) = (limits, loop, metrics, logger)
        self.statuses = statuses
        dispatcher = RequestDispatcher(on: loop)
    }

    // MARK: - Requests

    package func respond(to request: Request, from caller: Caller, _ answer: ReturnPath) {
        // While the request waited for its turn, the last server with this plugin may have withdrawn it.
        guard let plugin = plugins[request.entry.route] else { return answer(Answer(.serverDown)) }
        if let only = plugin.only { return only.respond(to: request, from: caller, answer) }
        dispatcher.dispatch(request, from: caller, for: plugin, answer)
    }

    package func ended(lane: Lane) {
        dispatcher.ended(lane: lane)
        for replica in replicas { replica.upstream.ended(lane: lane) }
    }

    // MARK: - Servers

    /// Adds a server. It is connected together with the others, or at once if they are connected already. If the pool
    /// has the server, and it is not leaving, nothing happens.
    ///
    /// `tls`: the identity that its link is encrypted with; nil for a link in clear. `isAwaited`: whether an unknown
    /// command may be one of this server's until it has announced its commands.
    package func add(_ endpoint: Endpoint, tls: TLSIdentity?, isAwaited: Bool) {
        add(endpoint, over: SocketTransport(endpoint, tls: tls), isAwaited: isAwaited)
    }

    func add(_ endpoint: Endpoint, over transport: any UpstreamTransport, isAwaited: Bool = true) {
        guard replica(at: endpoint) == nil else { return }
        var logger = logger
        logger[metadataKey: "upstream"] = "\(endpoint)"
        let link = Upstream(
            over: transport, limits: limits, on: loop, logger: logger,
            metrics: metrics.map { UpstreamMetrics(endpoint, in: $0) }, status: statuses.status(of: endpoint)
        ) { [unowned self] in refresh() }
        replicas.append(Replica(endpoint, link, isAwaited: isAwaited))
        if isConnected { link.connect() }
        refresh()
    }

    /// Removes a server. It gets no new requests, and its link ends when it has answered those that it has.
    package func remove(_ endpoint: Endpoint) {
        guard let replica = replica(at: endpoint) else { return }
        replica.leave()
        replica.upstream.onProgress = { [unowned self] in progressed(replica) }
        refresh()
        progressed(replica)
    }

    /// Starts or stops draining a server. A server that drains gets no new requests and keeps its link.
    package func setDraining(_ endpoint: Endpoint, _ isDraining: Bool) {
        guard let replica = replica(at: endpoint) else { return }
        replica.setDraining(isDraining)
        replica.upstream.onProgress = isDraining ? { [unowned self] in dispatcher.release() } : nil
        refresh()
        dispatcher.release()
    }

    /// Returns the server's replica; nil if there is none, or if it is leaving.
    private func replica(at endpoint: Endpoint) -> Replica? {
        replicas.first { $0.endpoint == endpoint && !$0.isLeaving }
    }

    /// Ends the link of a server that leaves, once all of its requests are answered or lost.
    private func progressed(_ replica: Replica) {
        dispatcher.release()
        guard replica.upstream.load == 0, replicas.contains(where: { $0 === replica }) else { return }
        replicas.removeAll { $0 === replica }
        replica.upstream.onProgress = nil
        replica.upstream.stop()
        refresh()
    }

    // MARK: - Plugins

    /// The plugins that servers have announced, and whether a healthy server would get a request for each.
    package var announced: [(name: String, isServed: Bool)] {
        plugins.all.filter { !$0.isGone }.map { ($0.name, $0.isServed) }
    }

    /// The awaited servers that have not announced their commands.
    package var unheard: [Endpoint] {
        replicas.filter { $0.isAwaited && !$0.isLeaving && !$0.upstream.manifest.isComplete }.map(\.endpoint)
    }

    /// Rebuilds the plugins and the manifest. It is called when a server has announced itself, and when one was added,
    /// removed, or drained.
    private func refresh() {
        var new = AnnouncementProblems()
        manifest = plugins.update(from: replicas, &new)
        dispatcher.forgetReplicas { plugin, replica in plugin.has(replica) }
        if new != problems, statuses.changed(from: problems, to: new) { new.log(to: logger) }
        problems = new
    }

    /// Returns the sessions of a replica: those with a request under way there. If it does not drain, those that would
    /// send their next request there are included.
    func lanes(of replica: Replica) -> [Lane] {
        let served = plugins.all.filter { $0.has(replica) }
        return replica.upstream.lanes.filter { lane in
            guard !replica.isDraining else { return replica.upstream.isWaiting(in: lane) }
            guard let session = dispatcher.sessions[lane] else { return true }
            return served.contains { session.replica(for: $0).map { $0 === replica } ?? true }
        }
    }

    // MARK: - Links

    package func connect() {
        isConnected = true
        for replica in replicas { replica.upstream.connect() }
        guard timer == nil, let silence = limits.silence, let interval = limits.interval else { return }
        let bound = NIOLoopBound(self, eventLoop: loop)
        timer = loop.scheduleRepeatedTask(initialDelay: interval, delay: interval) { _ in
            bound.value.tick(.now(), answerTimeout: silence * 2)
        }
    }

    package func stop() {
        timer.take()?.cancel()
        for replica in replicas { replica.upstream.stop() }
    }

    /// Ejects and readmits servers, and moves late requests.
    ///
    /// `answerTimeout`: how long an answer may take before another server gets the request.
    func tick(_ now: NIODeadline, answerTimeout: TimeAmount) {
        for replica in replicas { replica.tick(now) }
        dispatcher.tick(now, answerTimeout: answerTimeout)
    }
}
