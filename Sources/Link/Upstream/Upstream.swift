import Logging
import NIOCore
import Wire

/// How an upstream's link comes about.
protocol UpstreamTransport: AnyObject {
    /// What is at the other end, and what it is called in the log.
    var peer: UpstreamMachine.Peer { get }
    var name: String { get }

    /// Opens a channel on the loop, with `handler` in it.
    func open(on loop: any EventLoop, _ handler: NIOLoopBound<UpstreamHandler>) -> EventLoopFuture<any Channel>
    /// The upstream has no use for what it opened last, or never will have for any.
    func release()
}

extension UpstreamTransport {
    func release() {}
}

/// The near end of a link to a server or a plugin: it connects, connects again when the link is lost, and answers requests
/// with the other end's replies. While there is no link it answers at once that there is none.
///
/// Confined to its event loop.
package final class Upstream: Responder {
    let transport: any UpstreamTransport
    let loop: any EventLoop
    let logger: Logger
    /// Whether each request is a line of the log.
    private let logsRequests: Bool
    private let meter: UpstreamMeter?
    /// Told when the manifest has changed.
    var changed: () -> Void
    /// Told when a link was lost, or did not come about.
    var lost: () -> Void = {}
    /// Told when answers may have come, or will not; set only while somebody waits for that.
    var progressed: (() -> Void)?
    /// Given what a plugin asks of its host.
    var asked: ((_ lane: Lane, ByteBuffer) -> Void)?

    package private(set) var manifest = Manifest()
    var end: UpstreamEnd
    private(set) var channel: (any Channel)?
    private(set) var handler: UpstreamHandler?
    private var turn: OncePerTurn?
    /// Goes on with what was read; nil once it is stopped.
    private(set) var reading: OncePerTurn?
    /// Whether more was read than is taken in one turn.
    var isBehind = false
    private var isStopped = false
    /// Why the link was given up, if the server is to blame.
    var fault: String?
    private var lastFault: String?
    private var backoff = Backoff()
    /// Tells one link from the next.
    private(set) var link = 0
    /// Links that ended while they took requests.
    private(set) var losses = 0
    let limits: Limits
    var heartbeat = Heartbeat()
    var heartbeats: RepeatedTask?
    /// The octets that the channel had not written at the last of them.
    var unwritten = 0

    /// The time in which the other end must announce its commands.
    static let patience = TimeAmount.seconds(10)

    init(
        over transport: any UpstreamTransport, limits: Limits = Limits(), on loop: any EventLoop, logger: Logger,
        meter: UpstreamMeter? = nil, changed: @escaping () -> Void = {}
    ) {
        self.transport = transport
        self.limits = limits
        self.loop = loop
        self.meter = meter
        self.changed = changed
        self.logger = logger
        logsRequests = logger.logLevel <= .debug
        end = UpstreamEnd(to: transport.peer, mostUnwritten: limits.unwritten)
        manifest.isComplete = false
        // All requests of one turn of the loop leave in one write.
        turn = OncePerTurn(on: loop) { self.flush() }
        reading = OncePerTurn(on: loop) { self.run() }
    }

    package func respond(to request: Request, from caller: Caller, _ answer: ReturnPath) {
        respond(to: request, from: caller, account: nil, answer)
    }

    /// `account`: who was found behind the caller's token, for a plugin to be told.
    func respond(
        to request: Request, from caller: Caller, account: String?, _ answer: ReturnPath
    ) {
        guard channel != nil else { return give(Answer(.serverDown), to: answer) }
        let path = logsRequests ? logged(request, caller, answer) : answer
        if let stream = request.rest { stream.whenChanged(waking(caller.lane)) }
        if let failure = end.send(request, from: caller, account: account, path, upTo: limits.requests) {
            return give(Answer(failure), to: path)
        }
        turn?.schedule()
        // It may have waited for a server until its session had gone.
        if request.rest?.hasFailed == true { wake(caller.lane) }
    }

    package func ended(lane: Lane) {
        end.ended(lane)
        flushSoon()
    }

    /// Connects, and goes on doing so until `stop`.
    package func connect() {
        guard !isStopped else { return }
        let bound = NIOLoopBound(self, eventLoop: loop)
        transport.open(on: loop, NIOLoopBound(UpstreamHandler(self), eventLoop: loop))
            .whenFailure { error in bound.value.disconnected("\(error)") }
    }

    /// Ends the link for good.
    package func stop() {
        isStopped = true
        (turn, reading) = (nil, nil)
        channel?.close(promise: nil)
        transport.release()
    }

    /// Gives the link up, as the other end is to blame for `reason`.
    func giveUp(_ reason: String) {
        guard let channel else { return }
        fault = reason
        channel.close(promise: nil)
    }

    /// Answers what a plugin has asked, with a reply as it is written to a client.
    func answered(_ lane: Lane, _ reply: ByteBuffer) {
        guard channel != nil, end.output.count < end.machine.mostUnwritten else { return }
        end.answer(reply, in: lane)
        flushSoon()
    }

    // MARK: - What the handler tells

    func connected(_ channel: any Channel, _ handler: UpstreamHandler) {
        guard !isStopped else { return channel.close(promise: nil) }
        (self.channel, self.handler) = (channel, handler)
        link += 1
        end.machine = UpstreamMachine(
            to: transport.peer, id: .random(in: .min ... .max), mostUnwritten: limits.unwritten)
        let bound = NIOLoopBound(self, eventLoop: loop)
        _ = loop.scheduleTask(in: Self.patience) { bound.value.giveUpUnlessReady(on: channel) }
    }

    /// A connection that was reset is nothing new; that TLS does not come about is the configuration's fault.
    func failed(_ error: any Error) {
        if let cause = TLSFault(of: error) { fault = "no TLS with the \(transport.name): \(cause)" }
    }

    func disconnected(_ reason: String) {
        takeAll()
        let wasReady = isReady
        (channel, handler) = (nil, nil)
        endHeartbeats()
        end.output = Outbox()
        transport.release()
        for (ticket, failure) in end.machine.lost() { give(Answer(failure), to: end.pending.take(ticket)) }
        guard !isStopped else { return }
        if wasReady {
            losses += 1
            meter?.lost()
        }
        // The same fault at every try is one line.
        if wasReady || fault != lastFault || backoff.isFirst {
            logger.warning("no link to the \(transport.name)", metadata: ["reason": "\(fault ?? reason)"])
        }
        (lastFault, fault) = (fault, nil)
        let bound = NIOLoopBound(self, eventLoop: loop)
        _ = loop.scheduleTask(in: backoff.next()) { bound.value.connect() }
        lost()
        progressed?()
    }

    func take(_ event: consuming UpstreamMachine.Event) {
        switch consume event {
        case .announced(let name, let specs):
            manifest = Manifest(specs)
            if transport.peer == .server { backoff = Backoff() }
            beginHeartbeats()
            logger.info("link is up", metadata: ["\(transport.name)": "\(name)", "commands": "\(specs.count)"])
            changed()
        case .answered(let ticket, let answer):
            // A plugin that can be started is not yet one that works.
            if transport.peer == .plugin { backoff = Backoff() }
            if let reply = answer.arriving { pass(reply) }
            give(answer, to: end.pending.take(ticket))
        case .stopping:
            logger.info("the \(transport.name) is stopping")
        case .asked(let lane, let request):
            asked?(lane, request)
        }
    }

    /// `path`: nil where nobody waits any more.
    func give(_ answer: consuming Answer, to path: ReturnPath?) {
        meter?.answered(answer.code)
        path?(answer)
    }

    private func giveUpUnlessReady(on channel: any Channel) {
        guard self.channel === channel, !end.machine.isReady, !end.machine.isStopping else { return }
        logger.warning("the \(transport.name) does not say what it answers")
        channel.close(promise: nil)
    }

    func flushSoon() {
        if hasOutput { turn?.schedule() }
    }

    private var hasOutput: Bool { end.output.count > 0 || end.machine.hasMore }

    private func flush() {
        guard let channel, channel.isWritable else { return }
        let hasMore = end.writeMore()
        let leavesMore = handler?.write(share: end.output.takeShare()) == true
        if leavesMore || hasMore { turn?.yield() }
    }

    func becameWritable() {
        if hasOutput { turn?.yield() }
    }
}
