import CoreMetrics
import NIOCore
import NIOTLS
import Wire

/// Runs the state machine of a session on a connection. It moves bytes and answers, and decides about admission and about
/// the client's address; the machine decides everything else.
package final class SessionHandler: ChannelDuplexHandler, RemovableChannelHandler, TurnEndWorker, AnswerReceiver {
    package typealias InboundIn = ByteBuffer
    package typealias OutboundIn = Never
    package typealias OutboundOut = ByteBuffer

    let responder: any Responder
    let lane: Lane
    /// The data that the responder keeps for the session.
    let memory: (any LaneMemory)?
    let shared: SharedSessionSettings
    /// Replaces this handler by the far end of a link.
    let makeLink: ((ChannelHandlerContext, ByteBuffer, UInt32?) -> Void)?

    var machine: SessionMachine
    var output = Outbox()
    var context: ChannelHandlerContext?
    /// The resources of the event loop; nil until the session is on it.
    private(set) var loopResources: LoopResources?
    var slot: AddressLimiter.Slot?
    // Small properties are declared here to fill the padding of the one before.
    let isTLS: Bool
    private var isCounted = false
    var isRunning = false
    /// Whether output or work is left for another turn.
    var hasBacklog = false
    var isLingering = false
    var isScheduled = false
    /// Whether the session was refused because its address has too many.
    private(set) var isRefused = false
    /// Whether a callback awaits the end of all writes.
    var isSettling = false
    /// Whether the machine takes more input.
    private var wantsInput = true
    var hasDeferredRead = false
    /// Whether the channel has the buffer limits of a client that has not logged in.
    private var hasTightBuffers = true
    var deadline = SessionDeadline()
    /// The session's index in the deadline timer; negative if it is not in one.
    var timerIndex: Int32 = -1

    /// `lane`: the session's number, unique among the sessions of its responder. `commands`: the commands that the
    /// session answers itself. `isTLS`: whether the connection begins with TLS.
    package init(
        lane: Lane, commands: SessionCommands, responder: any Responder, settings: SharedSessionSettings,
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
    }

    /// Adds the session to the channel. If the connection begins with TLS, TLS comes before the session. If it comes
    /// from a balancer, the balancer's header comes before both.
    package func install(on channel: any Channel) throws {
        let pipeline = channel.pipeline.syncOperations
        if let remote = channel.remoteAddress, shared.settings.balancers.contains(where: { $0.contains(remote) }) {
            try pipeline.addHandler(ProxyHeaderHandler())
        }
        if isTLS, let tls = shared.settings.tls {
            // A ClientHello is longer than most requests.
            let allocator = ChannelBufferLimits.readAllocator(tight: true, initial: 256)
            try channel.syncOptions?.setOption(.recvAllocator, value: allocator)
            try pipeline.addHandlers(tls.serverHandlers())
        }
        try pipeline.addHandler(self)
    }

    package func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        loopResources = .of(context.eventLoop)
        let remote = context.channel.remoteAddress
        setClient(remote, isPrivate: remote?.isLocal ?? true)
    }

    /// Replaces the machine by one for this client. It is called before any bytes are exchanged.
    private func setClient(_ client: SocketAddress?, isPrivate: Bool) {
        let isLocal = shared.settings.trustsNetworks || isPrivate
        machine = SessionMachine(
            machine.commands, limits: shared.limits, privacy: isTLS ? .tls : isLocal ? .local : .clear,
            takesLinks: makeLink != nil,
            peer: client?.text ?? "local")
    }

    package func handlerRemoved(context: ChannelHandlerContext) {
        deadlineTimer?.remove(self)
        if isCounted { shared.settings.count?.add(-1) }
        self.context = nil
    }

    package func channelActive(context: ChannelHandlerContext) {
        isCounted = true
        shared.settings.count?.add(1)
        if isTLS { deadline.handshakeBegan() }
        deadlineTimer?.add(self)
        greet()
        run()
        context.fireChannelActive()
    }

    /// Writes the greeting, or refuses the session.
    private func greet() {
        guard shared.settings.admission?.isOpen != false else { return machine.end(with: .stopping) }
        slot = shared.settings.addressLimiter?.takeSlot(for: machine.peer)
        guard shared.settings.addressLimiter == nil || slot != nil else {
            isRefused = true
            return machine.end(with: .tooManySessions)
        }
        shared.greeting.write(form: .line, result: .plain, into: &output)
    }

    package func channelInactive(context: ChannelHandlerContext) {
        deadlineTimer?.remove(self)
        slot?.leave()
        if deadline.isInHandshake { shared.settings.handshakeFailures?.increment() }
        // No request of a session may follow its end.
        self.context = nil
        machine.clientLost()
        responder.ended(lane: lane)
        context.fireChannelInactive()
    }

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isLingering else { return }
        var bytes = unwrapInboundIn(data)
        machine.received(&bytes)
    }

    package func channelReadComplete(context: ChannelHandlerContext) {
        // All sessions of the loop read first and answer later, so that one wake-up serves many of them, here and at
        // the servers.
        schedule()
        context.fireChannelReadComplete()
    }

    package func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case ChannelEvent.inputClosed where isLingering: context.close(promise: nil)
        case ChannelEvent.inputClosed:
            machine.inputEnded()
            run()
        case is DrainEvent:
            machine.drain()
            run()
        case let client as ProxiedClient:
            setClient(client.address ?? context.channel.remoteAddress, isPrivate: client.isPrivate)
        case is ManifestChangeEvent: break
        case TLSUserEvent.handshakeCompleted:
            deadline.handshakeEnded()
            context.fireUserInboundEventTriggered(event)
        default:
            context.fireUserInboundEventTriggered(event)
        }
    }

    /// Closes a connection that was reset. Nobody is left to get a reply.
    package func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    /// Reads, or waits until there is room for answers. The client then has to wait too.
    package func read(context: ChannelHandlerContext) {
        if isLingering || takesMore(context.channel) {
            context.read()
        } else {
            hasDeferredRead = true
        }
    }

    package func channelWritabilityChanged(context: ChannelHandlerContext) {
        if hasBacklog { yield() } else { run() }
        context.fireChannelWritabilityChanged()
    }

    private func takesMore(_ channel: any Channel) -> Bool { wantsInput && !hasBacklog && channel.isWritable }

    // MARK: - The machine's turn

    package var loop: (any EventLoop)? { loopResources?.loop }

    var turnEndQueue: TurnEndQueue? { context == nil ? nil : loopResources?.turnEndQueue }

    func runAtTurnEnd() {
        isScheduled = false
        run()
    }

    func run() {
        guard let context, !isRunning else { return }
        isRunning = true
        let (channel, manifest) = (context.channel, responder.manifest)
        let isWritable = channel.isWritable
        var (budget, clock) = (TurnBudget(), TurnClock())
        // The last words of a session are written even if the client does not read.
        while isWritable || machine.isEnding {
            guard let action = machine.next(manifest, into: &output, &budget) else { break }
            perform(consume action, context, &clock)
            if clock.isUp() { budget.end() }
        }
        isRunning = false
        wantsInput = machine.wantsInput && machine.reserveForNext()
        let (isUnauthenticated, wait, progress) = (machine.isUnauthenticated, machine.wait, machine.progress)
        // The slot changes first: a client that reads that it has logged in can open another session at once.
        if isUnauthenticated != hasTightBuffers {
            hasTightBuffers = isUnauthenticated
            slot?.note(isUnauthenticated: isUnauthenticated)
            channel.limitBuffers(tight: isUnauthenticated)
        }
        flush(context, isOver: budget.isOver)
        if machine.holdsMemory { settle(context) }
        if wait == .request { machine.rests() }
        deadline.note(wait, progress)
        if hasDeferredRead, takesMore(channel) {
            hasDeferredRead = false
            context.read()
        }
    }

    private func flush(_ context: ChannelHandlerContext, isOver: Bool) {
        let hasMore = context.write(share: output.takeShare())
        hasBacklog = isOver || hasMore
        if hasBacklog { yield() }
    }
}
