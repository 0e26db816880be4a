import CoreMetrics
import Logging
import NIOCore
import Wire

/// The servers of a site, as the sessions of one event loop have them: a replica of each, and one answer to who answers
/// what. Any server that has announced a plugin could answer any request for that plugin's commands.
///
/// A session keeps the server that it got at its first request for a plugin for as long as that server is healthy, because
/// a server may know of a session what no other does (who may answer a challenge, say). It goes to another when nothing of
/// it is under way, so that its requests stay in order. What is lost with a link, or takes too long, is given to another
/// server once, if the command is declared repeatable and the budget allows it. The same holds for what a server refuses
/// because its own disk or files keep it from working: it refuses fast, so most new sessions would go there.
///
/// For a plugin with one server it is no more than that server's link. Confined to its event loop.
package final class Pool: Responder {
    /// The commands of all plugins. The route of an entry is its plugin's.
    package internal(set) var manifest = Manifest()
    /// In the order in which they were added, those that leave among them.
    private(set) var replicas: [Replica] = []
    var plugins = PluginTable()
    let loop: any EventLoop
    let logger: Logger
    private let limits: Upstream.Limits
    private let metrics: (any MetricsFactory)?
    /// What the log has said last of the announcements.
    var complaint = AnnouncementComplaint()

    /// The sessions that have chosen between servers, by lane.
    var sessions: [Lane: PoolSession] = [:]
    /// The sessions with attempts under way.
    var busy = Tickets<PoolSession>()
    /// The sessions whose requests wait until they can leave their server, by lane.
    var waiting: [Lane: PoolSession] = [:]
    var budget = RetryBudget()
    private var timer: RepeatedTask?
    private var isConnected = false

    /// `metrics`: where requests and lost links are counted by server; nil if they are not.
    package init(
        limits: Upstream.Limits, on loop: any EventLoop, metrics: (any MetricsFactory)? = nil, logger: Logger
    ) {
        (self.limits, self.loop, self.metrics, self.logger) = (limits, loop, metrics, logger)
    }

    // MARK: - Requests

    package func respond(to request: Request, from caller: Caller, _ answer: ReturnPath) {
        // The last server that had announced the plugin may have taken that back while the request waited for its turn.
        guard let plugin = plugins[request.entry.route] else { return answer(Answer(.serverDown)) }
        // Nothing is chosen and nothing noted where it could make no difference.
        if let only = plugin.only { return only.respond(to: request, from: caller, answer) }
        budget.noteRequest()
        choose(PoolRequest(request, caller, for: plugin, in: session(of: caller.lane), answer))
    }

    package func ended(lane: Lane) {
        if let session = sessions.removeValue(forKey: lane) {
            waiting[lane] = nil
            for request in session.end() { request.answer(Answer(.serverDown)) }
        }
        for replica in replicas { replica.upstream.ended(lane: lane) }
    }

    private func session(of lane: Lane) -> PoolSession {
        if let known = sessions[lane] { return known }
        let new = PoolSession(lane: lane)
        sessions[lane] = new
        return new
    }

    // MARK: - Servers

    /// Takes one more server, which is connected as soon as the others are. One that is there, and was not removed, stays.
    ///
    /// `tls`: what its link is encrypted with; nil for one in clear. `isAwaited`: whether an unknown command may be one of
    /// its own, as long as it has not said what it answers.
    package func add(_ endpoint: Endpoint, tls: TLSIdentity?, isAwaited: Bool) {
        add(endpoint, over: SocketTransport(endpoint, tls: tls), isAwaited: isAwaited)
    }

    func add(_ endpoint: Endpoint, over transport: any UpstreamTransport, isAwaited: Bool = true) {
        guard replica(at: endpoint) == nil else { return }
        var logger = logger
        logger[metadataKey: "upstream"] = "\(endpoint)"
        let link = Upstream(
            over: transport, limits: limits, on: loop, logger: logger,
            meter: metrics.map { UpstreamMeter(endpoint, in: $0) }
        ) { [unowned self] in refresh() }
        replicas.append(Replica(endpoint, link, isAwaited: isAwaited))
        if isConnected { link.connect() }
        refresh()
    }

    /// Gives the server nothing more. What is under way there is answered, then its link ends.
    package func remove(_ endpoint: Endpoint) {
        guard let replica = replica(at: endpoint) else { return }
        replica.leave()
        replica.upstream.progressed = { [unowned self] in progressed(replica) }
        refresh()
        progressed(replica)
    }

    /// Gives the server nothing more until it is told otherwise. Its link stays.
    package func rest(_ endpoint: Endpoint, _ isResting: Bool) {
        guard let replica = replica(at: endpoint) else { return }
        replica.rest(isResting)
        replica.upstream.progressed = isResting ? { [unowned self] in release() } : nil
        refresh()
        release()
    }

    /// The server's replica; nil if there is none, or if that leaves.
    func replica(at endpoint: Endpoint) -> Replica? { replicas.first { $0.endpoint == endpoint && !$0.isLeaving } }

    /// Something was answered, or lost, at a server that leaves.
    private func progressed(_ replica: Replica) {
        release()
        guard replica.upstream.load == 0, replicas.contains(where: { $0 === replica }) else { return }
        replicas.removeAll { $0 === replica }
        replica.upstream.progressed = nil
        replica.upstream.stop()
        refresh()
    }

    // MARK: - Links

    package func connect() {
        isConnected = true
        for replica in replicas { replica.upstream.connect() }
        guard timer == nil, let silence = limits.silence, let interval = limits.interval else { return }
        let bound = NIOLoopBound(self, eventLoop: loop)
        timer = loop.scheduleRepeatedTask(initialDelay: interval, delay: interval) { _ in
            bound.value.tick(.now(), patience: silence * 2)
        }
    }

    package func stop() {
        timer.take()?.cancel()
        for replica in replicas { replica.upstream.stop() }
    }

    /// Looks after what takes time. `patience`: how long an answer may take before another server is asked.
    func tick(_ now: NIODeadline, patience: TimeAmount) {
        for replica in replicas { replica.tick(now) }
        budget.tick()
        moveLate(now, patience)
        release()
    }
}
