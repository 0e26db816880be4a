import CoreMetrics
import NIOCore
import NIOTLS
import Wire

/// Runs a session's machine on a connection: it moves octets and answers, and decides nothing.
package final class SessionHandler: ChannelDuplexHandler, RemovableChannelHandler, TurnEndWorker {
    package typealias InboundIn = ByteBuffer
    package typealias OutboundIn = Never
    package typealias OutboundOut = ByteBuffer

    private let responder: any Responder
    private let lane: UInt64
    let shared: SharedSettings
    /// Puts the far end of a link in this handler's place.
    private let becomeLink: ((ChannelHandlerContext, ByteBuffer, UInt32?) -> Void)?

    private var machine: SessionMachine
    private var peer = ""
    private var output = Outbox()
    private var context: ChannelHandlerContext?
    /// Of the event loop, while the session is on it.
    private var share: LoopShare?
    private var place: SessionCensus.Place?
    // The small ones stand together, behind what ends with room for them.
    let isTLS: Bool
    private var isCounted = false
    private var isRunning = false
    /// Whether more is to be written than goes at once.
    private var isBehind = false
    private var isLingering = false
    var isScheduled = false
    /// Whether the machine can take more.
    private var wantsInput = true
    private var wantsRead = false
    /// When what the session waits for began.
    private var waited: (since: NIODeadline, turn: UInt64, wait: SessionMachine.Wait)
    /// When the TLS handshake began that has not ended.
    private var handshake: NIODeadline?
    /// Among the clock's sessions; negative where it is not.
    var clockPlace: Int32 = -1

    /// `lane`: the session's number, unique among those that share its responder. `isTLS`: TLS stands before it.
    package init(
        lane: UInt64, responder: any Responder, settings: SharedSettings, isTLS: Bool = false,
        becomeLink: ((ChannelHandlerContext, ByteBuffer, UInt32?) -> Void)? = nil
    ) {
        self.lane = lane
        self.responder = responder
        shared = settings
        self.isTLS = isTLS
        self.becomeLink = becomeLink
        machine = SessionMachine()
        waited = (.now(), 0, .nothing)
    }

    package func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        share = .of(context.eventLoop)
        let remote = context.channel.remoteAddress
        comes(from: remote, isPrivate: remote?.isLocal ?? true)
    }

    /// Nothing has been said yet.
    private func comes(from client: SocketAddress?, isPrivate: Bool) {
        peer = client?.text ?? "local"
        let isLocal = shared.settings.trustsNetworks || isPrivate
        machine = SessionMachine(
            limits: shared.limits, privacy: isTLS ? .tls : isLocal ? .local : .clear, takesLinks: becomeLink != nil)
    }

    package func handlerRemoved(context: ChannelHandlerContext) {
        clock?.remove(self)
        if isCounted { shared.settings.count?.add(-1) }
        (self.context, share) = (nil, nil)
    }

    package func channelActive(context: ChannelHandlerContext) {
        isCounted = true
        shared.settings.count?.add(1)
        if isTLS { handshake = .now() }
        clock?.add(self)
        greet()
        run()
        context.fireChannelActive()
    }

    /// The session's first word, or its last.
    private func greet() {
        guard shared.settings.admission?.isOpen != false else { return machine.end(with: .stopping) }
        place = shared.settings.census?.place(for: peer)
        guard shared.settings.census == nil || place != nil else { return machine.end(with: .tooManySessions) }
        shared.greeting.write(form: .line, result: .plain, into: &output)
    }

    package func channelInactive(context: ChannelHandlerContext) {
        clock?.remove(self)
        place?.leave()
        if handshake != nil { shared.settings.handshakeFailures?.increment() }
        // No request of a session that has gone may follow its end.
        self.context = nil
        responder.ended(lane: lane)
        context.fireChannelInactive()
    }

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isLingering else { return }
        var octets = unwrapInboundIn(data)
        machine.received(&octets)
    }

    package func channelReadComplete(context: ChannelHandlerContext) {
        // First all sessions read, then all are answered: so one wake-up serves many, here and where the answers go.
        schedule()
        context.fireChannelReadComplete()
    }

    package func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case ChannelEvent.inputClosed where isLingering: context.close(promise: nil)
        case ChannelEvent.inputClosed:
            machine.inputEnded()
            run()
        case is Drain:
            machine.drain()
            run()
        case let client as ProxiedClient:
            comes(from: client.address ?? context.channel.remoteAddress, isPrivate: client.isPrivate)
        case is ManifestChange: responder.manifestChanged()
        case TLSUserEvent.handshakeCompleted:
            handshake = nil
            context.fireUserInboundEventTriggered(event)
        default:
            context.fireUserInboundEventTriggered(event)
        }
    }

    /// A connection that was reset has nobody left to tell.
    package func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    /// Reading waits while what was read cannot be answered: the client has to wait too.
    package func read(context: ChannelHandlerContext) {
        if isLingering || takesMore(context.channel) {
            context.read()
        } else {
            wantsRead = true
        }
    }

    package func channelWritabilityChanged(context: ChannelHandlerContext) {
        if isBehind { yield() } else { run() }
        context.fireChannelWritabilityChanged()
    }

    private func takesMore(_ channel: any Channel) -> Bool { wantsInput && !isBehind && channel.isWritable }

    // MARK: - The machine's turn

    var turnEnd: TurnEnd? { share?.turnEnd }

    func doTurnEndWork() {
        isScheduled = false
        run()
    }

    private func run() {
        guard let context, !isRunning else { return }
        isRunning = true
        let (channel, manifest) = (context.channel, responder.manifest)
        while channel.isWritable || output.isEmpty {
            guard let action = machine.next(manifest, into: &output) else { break }
            perform(action, context)
        }
        isRunning = false
        let standing = machine.standing()
        wantsInput = standing.wantsInput
        // A client that reads that it has logged in finds its stranger's place free.
        place?.note(isStranger: standing.isStranger)
        flush(context)
        if standing.wait != waited.wait || standing.turn != waited.turn {
            waited = (.now(), standing.turn, standing.wait)
        }
        if wantsRead, takesMore(channel) {
            wantsRead = false
            context.read()
        }
    }

    private func perform(_ action: SessionMachine.Action, _ context: ChannelHandlerContext) {
        switch action {
        case .respond(let ticket, let request):
            let id = RequestID(link: shared.settings.id, lane: lane, number: ticket + 1)
            let caller = Caller(
                lane: lane, peer: peer, token: machine.token, privacy: machine.privacy, request: id)
            if let answer = responder.answer(request, from: caller) {
                machine.answered(ticket, answer)
                return
            }
            responder.respond(to: request, from: caller, on: context.eventLoop) { answer in
                self.machine.answered(ticket, answer)
                // Answers that come in one turn of the loop leave in one write.
                if !self.isRunning { self.schedule() }
            }
        case .becomeLink(let rest, let id):
            becomeLink?(context, rest, id)
        case .startTLS:
            startTLS(context)
        case .close:
            isLingering = true
            context.write(last: output.take(), lingering: shared.settings.deadlines.linger)
        }
    }

    /// What was written goes before TLS, what is read from now on comes through it.
    private func startTLS(_ context: ChannelHandlerContext) {
        isBehind = false
        context.write(all: output.take())
        do {
            guard let tls = shared.settings.tls else { return context.close(promise: nil) }
            try context.pipeline.syncOperations.addHandlers(tls.serverHandlers(), position: .first)
            handshake = .now()
            machine.tlsBegan()
        } catch {
            context.close(promise: nil)
        }
    }

    private func flush(_ context: ChannelHandlerContext) {
        guard let contents = output.takeShare() else { return }
        isBehind = contents.leavesMore
        context.write(all: contents)
        if isBehind { yield() }
    }

    // MARK: - Deadlines

    private var clock: DeadlineClock? { share?.clock(every: shared.settings.deadlines.interval) }

    func checkDeadline() {
        if let handshake, NIODeadline.now() - handshake >= shared.settings.deadlines.request {
            context?.close(promise: nil)
            return
        }
        guard !isLingering, let limit = shared.settings.deadlines.limit(for: waited.wait),
            NIODeadline.now() - waited.since >= limit
        else { return }
        machine.timedOut()
        run()
    }
}
