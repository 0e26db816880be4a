import CoreMetrics
import NIOCore
import NIOTLS
import Wire

/// Runs a session's machine on a connection: it moves octets and answers, and decides nothing.
package final class SessionHandler: ChannelDuplexHandler, RemovableChannelHandler, TurnEndWorker, Asker {
    package typealias InboundIn = ByteBuffer
    package typealias OutboundIn = Never
    package typealias OutboundOut = ByteBuffer

    let responder: any Responder
    let lane: Lane
    /// What the responder keeps of the session.
    let memory: (any LaneMemory)?
    let shared: SharedSettings
    /// Puts the far end of a link in this handler's place.
    let makeLink: ((ChannelHandlerContext, ByteBuffer, UInt32?) -> Void)?

    var machine: SessionMachine
    var output = Outbox()
    var context: ChannelHandlerContext?
    /// Of the event loop, from when the session is on it.
    private(set) var share: LoopShare?
    var place: SessionCensus.Place?
    // The small ones stand together, behind what ends with room for them.
    let isTLS: Bool
    private var isCounted = false
    var isRunning = false
    /// Whether more is to be written than goes at once, or more to be done.
    var isBehind = false
    var isLingering = false
    var isScheduled = false
    /// Whether its address has too many sessions.
    private(set) var isRefused = false
    /// Whether it is told when all that was written has left.
    var isSettling = false
    /// Whether the machine can take more.
    private var wantsInput = true
    var wantsRead = false
    /// Whether the channel is held to the limits of a client that has not logged in.
    private var isHeldShort = true
    /// When what the session waits for began.
    var waited: (since: NIODeadline, turn: UInt64, wait: SessionMachine.Wait)
    /// When the TLS handshake began that has not ended.
    var handshake: NIODeadline?
    /// Among the clock's sessions; negative where it is not.
    var clockPlace: Int32 = -1

    /// `lane`: the session's number, unique among those that share its responder. `commands`: those that the session answers
    /// itself. `isTLS`: TLS stands before it.
    package init(
        lane: Lane, commands: SessionCommands, responder: any Responder, settings: SharedSettings,
        isTLS: Bool = false,
        becomeLink: ((ChannelHandlerContext, ByteBuffer, UInt32?) -> Void)? = nil
    ) {
        self.lane = lane
        self.responder = responder
        memory = responder.makeLaneMemory()
        shared = settings
        self.isTLS = isTLS
        makeLink = becomeLink
        machine = SessionMachine(commands)
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
        let isLocal = shared.settings.trustsNetworks || isPrivate
        machine = SessionMachine(
            machine.commands, limits: shared.limits, privacy: isTLS ? .tls : isLocal ? .local : .clear,
            takesLinks: makeLink != nil,
            peer: client?.text ?? "local")
    }

    package func handlerRemoved(context: ChannelHandlerContext) {
        clock?.remove(self)
        if isCounted { shared.settings.count?.add(-1) }
        self.context = nil
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
        place = shared.settings.census?.place(for: machine.peer)
        guard shared.settings.census == nil || place != nil else {
            isRefused = true
            return machine.end(with: .tooManySessions)
        }
        shared.greeting.write(form: .line, result: .plain, into: &output)
    }

    package func channelInactive(context: ChannelHandlerContext) {
        clock?.remove(self)
        place?.leave()
        if handshake != nil { shared.settings.handshakeFailures?.increment() }
        // No request of a session that has gone may follow its end.
        self.context = nil
        machine.clientLost()
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
        case is ManifestChange: break
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

    package var loop: (any EventLoop)? { share?.loop }

    var turnEnd: TurnEnd? { context == nil ? nil : share?.turnEnd }

    func doTurnEndWork() {
        isScheduled = false
        run()
    }

    func run() {
        guard let context, !isRunning else { return }
        isRunning = true
        let (channel, manifest) = (context.channel, responder.manifest)
        let isWritable = channel.isWritable
        var (budget, clock) = (TurnBudget(), TurnClock())
        // The last words of a session that ends are written also to a client that does not read.
        while isWritable || machine.isEnding {
            guard let action = machine.next(manifest, into: &output, &budget) else { break }
            perform(consume action, context, &clock)
            if clock.isUp() { budget.end() }
        }
        isRunning = false
        wantsInput = machine.wantsInput && machine.mayHoldMore()
        let (isStranger, wait, turn) = (machine.isStranger, machine.wait, machine.turn)
        // A client that reads that it has logged in finds its stranger's place free.
        if isStranger != isHeldShort {
            isHeldShort = isStranger
            place?.note(isStranger: isStranger)
            channel.hold(short: isStranger)
        }
        flush(context, isOver: budget.isOver)
        if machine.holdsMemory { settle(context) }
        if wait == .request { machine.rests() }
        if wait != waited.wait || turn != waited.turn { waited = (.now(), turn, wait) }
        if wantsRead, takesMore(channel) {
            wantsRead = false
            context.read()
        }
    }

    private func flush(_ context: ChannelHandlerContext, isOver: Bool) {
        let hasMore = context.write(share: output.takeShare())
        isBehind = isOver || hasMore
        if isBehind { yield() }
    }
}
