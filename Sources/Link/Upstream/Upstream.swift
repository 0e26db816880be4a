import Logging
import NIOCore
import Wire

/// The near end of a link to a server or a plugin.
///
/// It connects, connects again when the link is lost, and answers requests with the other end's replies. Without a link
/// it answers each request at once with a refusal. Confined to its event loop.
package final class Upstream: Responder {
    let transport: any UpstreamTransport
    let loop: any EventLoop
    let logger: Logger
    private let requestLog: RequestLog?
    /// The counters of the server; nil if nothing is counted, and after `stop`.
    private var metrics: UpstreamMetrics?
    let status: LinkStatus
    /// Whether `status` counts the current link.
    var isCounted = false
    /// Called when the manifest has changed.
    var onManifestChange: () -> Void
    /// Called when a link was lost, or could not be made.
    var onLoss: () -> Void = {}
    /// Called when answers may have come, or were lost. It is set only while somebody waits for that.
    var onProgress: (() -> Void)?
    /// Called with each request of a plugin to its host.
    var onHostRequest: ((_ lane: Lane, ByteBuffer) -> Void)?

    package private(set) var manifest = Manifest()
    var end: UpstreamEnd
    private(set) var channel: (any Channel)?
    private(set) var handler: UpstreamHandler?
    /// Writes the output; nil after `stop`.
    private(set) var writing: TurnEndTask?
    /// Continues with bytes that were read; nil after `stop`.
    private(set) var reading: TurnEndTask?
    /// Whether more was read than is taken in one turn.
    var hasBacklog = false
    private var isStopped = false
    private var reconnection = Reconnection()
    /// The number of the link. Each new link gets the next one.
    private(set) var link = 0
    /// The number of links that ended while they took requests.
    private(set) var losses = 0
    /// The reason why there is no link, or why the last one was lost; nil while a link takes requests.
    private(set) var reason: String?
    private let limits: UpstreamLimits
    private let heartbeats = HeartbeatTimer()

    /// The time to connect, and the time in which the other end has to announce its commands.
    static let connectTimeout = TimeAmount.seconds(10)

    /// `status`: what the links of all event loops to the same other end share.
    init(
        over transport: any UpstreamTransport, limits: UpstreamLimits = UpstreamLimits(), on loop: any EventLoop,
        logger: Logger, metrics: UpstreamMetrics? = nil, status: LinkStatus = LinkStatus(),
        onManifestChange: @escaping () -> Void = {}
    ) {
        self.transport = transport
        self.status = status
        self.limits = limits
        self.loop = loop
        self.metrics = metrics
        self.onManifestChange = onManifestChange
        self.logger = logger
        requestLog = RequestLog(logger)
        end = UpstreamEnd(to: transport.peer, mostUnwritten: limits.unwritten)
        manifest.isComplete = false
        // All requests of one turn of the loop leave in one write.
        writing = TurnEndTask(on: loop) { self.flush() }
        reading = TurnEndTask(on: loop) { self.run() }
    }

    // MARK: - State

    package var isReady: Bool { channel != nil && end.machine.isReady }

    /// Whether there is a link. Without one, this end answers requests itself.
    var isConnected: Bool { channel != nil }

    /// Whether the other end has not answered a heartbeat in time.
    package var isSuspect: Bool { heartbeats.isSuspect }

    /// Whether a request would be sent, and not refused with 451 at once.
    var takesRequests: Bool {
        isConnected && end.takesRequests(upTo: limits.requests)
    }

    /// The number of requests that are not answered.
    var load: Int { end.load }

    // MARK: - Requests

    package func respond(to request: Request, from caller: Caller, _ answer: ReturnPath) {
        respond(to: request, from: caller, account: nil, answer)
    }

    /// `account`: the account that the caller's token stands for, for a plugin.
    func respond(to request: Request, from caller: Caller, account: String?, _ answer: ReturnPath) {
        let verb = request.spec.verb
        guard channel != nil else { return give(Answer(.serverDown), to: PendingRequest(path: answer, verb: verb)) }
        let path = requestLog?.logging(request, id: end.machine.nextID(in: caller.lane), answer) ?? answer
        var pending = PendingRequest(path: path, verb: verb)
        if metrics != nil { pending.start = .now() }
        if let stream = request.rest { stream.whenChanged(waking(caller.lane)) }
        if let failure = end.send(request, from: caller, account: account, pending, upTo: limits.requests) {
            return give(Answer(failure), to: PendingRequest(path: path, verb: verb))
        }
        writing?.schedule()
        // The session may have ended while its request waited for a server.
        if request.rest?.hasFailed == true { wake(caller.lane) }
    }

    /// Gives the answer to the request of that ticket. If the request is answered already, nothing happens.
    func give(_ answer: consuming Answer, to ticket: Ticket) {
        if let pending = end.take(ticket) { give(answer, to: pending) }
    }

    func give(_ answer: consuming Answer, to pending: PendingRequest) {
        metrics?.answered(pending.verb, answer.code, took: pending.start.map { (.now() - $0).nanoseconds })
        pending.path(answer)
    }

    package func ended(lane: Lane) {
        end.ended(lane)
        flushSoon()
    }

    // MARK: - The link

    /// Connects, and connects again after each loss, until `stop`.
    package func connect() {
        guard !isStopped else { return }
        let bound = NIOLoopBound(self, eventLoop: loop)
        transport.open(on: loop, NIOLoopBound(UpstreamHandler(self), eventLoop: loop))
            .whenFailure { error in bound.value.disconnected("\(error)") }
    }

    /// Ends the link for good.
    package func stop() {
        isStopped = true
        (writing, reading, metrics) = (nil, nil, nil)
        channel?.close(promise: nil)
        transport.release()
    }

    /// Closes the link because of a fault of the other end.
    func giveUp(_ fault: String) {
        guard let channel else { return }
        reconnection.fault = fault
        channel.close(promise: nil)
    }

    /// Gives the link up at once because of a fault of the other end. The channel's close, which under TLS needs the
    /// other end, is not waited for, and bytes that still come on it are ignored.
    func abandonLink(_ fault: String) {
        guard let channel else { return }
        reconnection.fault = fault
        handler?.leave()
        disconnected(fault)
        channel.close(promise: nil)
    }

    func connected(_ channel: any Channel, _ handler: UpstreamHandler) {
        guard !isStopped else { return channel.close(promise: nil) }
        (self.channel, self.handler) = (channel, handler)
        link += 1
        end.machine = UpstreamMachine(
            to: transport.peer, id: .random(in: .min ... .max), mostUnwritten: limits.unwritten)
        let bound = NIOLoopBound(self, eventLoop: loop)
        _ = loop.scheduleTask(in: Self.connectTimeout) { bound.value.giveUpUnlessReady(on: channel) }
    }

    private func giveUpUnlessReady(on channel: any Channel) {
        guard self.channel === channel, !end.machine.isReady, !end.machine.isStopping else { return }
        guard !end.machine.hasGreeted else { return giveUp("it has not announced its commands in time") }
        giveUp(
            (["it has sent no greeting in time"] + [transport.silenceAdvice].compactMap(\.self)).joined(separator: "; ")
        )
    }

    /// Notes why TLS failed, which is a fault of the configuration. Other errors, such as a reset, need no note.
    func failed(_ error: any Error) {
        guard let cause = TLSFault(of: error) else { return }
        let reason = cause.isClear ? "it speaks without TLS; start it with --link-tls always" : "\(cause)"
        reconnection.fault = "no TLS with the \(transport.name): \(reason)"
    }

    func disconnected(_ reason: String) {
        takeAll()
        let wasReady = isReady
        (channel, handler) = (nil, nil)
        heartbeats.stop()
        end.output = Outbox()
        transport.release()
        for (ticket, failure) in end.machine.lost() { give(Answer(failure), to: ticket) }
        guard !isStopped else { return leaveStatus(nil) }
        if wasReady {
            losses += 1
            metrics?.lost()
        }
        self.reason = reconnection.fault ?? reason
        let (delay, logged) = reconnection.lost(reason, wasReady: wasReady)
        leaveStatus(logged)
        let bound = NIOLoopBound(self, eventLoop: loop)
        _ = loop.scheduleTask(in: delay) { bound.value.connect() }
        onLoss()
        onProgress?()
    }

    /// Starts the heartbeats of a link. A server that does not answer PING gets none.
    private func startHeartbeats() {
        guard end.machine.answersPings, let interval = limits.interval else { return }
        let bound = NIOLoopBound(self, eventLoop: loop)
        heartbeats.start(every: interval, on: loop) { bound.value.beat() }
    }

    private func beat() {
        guard let channel else { return }
        let unwritten = end.output.count + ((try? channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0)
        let hasReceived = end.machine.takeHasReceived()
        switch heartbeats.tick(hasReceived: hasReceived, unwritten: unwritten) {
        case .nothing: break
        case .ask:
            end.ping()
            flushSoon()
        case .giveUp: abandonLink("no answer to a heartbeat in time")
        }
    }

    func take(_ event: consuming UpstreamMachine.Event) {
        switch consume event {
        case .announced(let name, let specs):
            manifest = Manifest(specs)
            self.reason = nil
            if transport.peer == .server { reconnection.succeeded() }
            startHeartbeats()
            enterStatus(name, specs)
            onManifestChange()
        case .answered(let ticket, let answer):
            // A plugin works once it has answered. That its process could be started is not enough.
            if transport.peer == .plugin { reconnection.succeeded() }
            if let reply = answer.arriving { pass(reply) }
            give(answer, to: ticket)
        case .stopping:
            if status.isNew("stopping") { logger.info("the \(transport.name) is stopping") }
        case .asked(let lane, let request):
            onHostRequest?(lane, request)
        }
    }
}
