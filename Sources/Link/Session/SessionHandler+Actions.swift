import NIOCore
import Wire

extension SessionHandler {
    func perform(
        _ action: consuming SessionMachine.Action, _ context: ChannelHandlerContext, _ clock: inout TurnClock
    ) {
        switch consume action {
        case .respond(let ticket, let request):
            let id = RequestID(link: shared.settings.id, lane: lane, number: ticket.number + 1)
            let request = request.called(id)
            let caller = machine.caller(in: lane, memory: memory)
            if let answer = responder.answer(to: request, from: caller, &clock) {
                return machine.answered(ticket, answer)
            }
            if let stream = request.rest { stream.whenTaken(scheduling()) }
            responder.respond(to: request, from: caller, ReturnPath(self, lane, ticket))
        case .becomeLink(let rest, let id):
            becomeLink(context, rest, id)
        case .startTLS:
            startTLS(context)
        case .close:
            isLingering = true
            context.write(last: output.take(), lingering: lingering)
        }
    }

    package func answered(_ lane: Lane, _ ticket: Ticket, _ answer: consuming Answer) {
        if let stream = answer.arriving?.stream { stream.whenChanged(scheduling()) }
        machine.answered(ticket, answer)
        // Answers that come in one turn of the loop leave in one write.
        if !isRunning { schedule() }
    }

    /// Lets the session go on when a message that passes has changed.
    private func scheduling() -> @Sendable () -> Void {
        guard let loop = context?.eventLoop else { return {} }
        let bound = NIOLoopBound(self, eventLoop: loop)
        return { bound.value.schedule() }
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

    /// A link keeps the place of the session that it was, so that an address cannot have more of them than of sessions.
    private func becomeLink(_ context: ChannelHandlerContext, _ rest: ByteBuffer, _ id: UInt32?) {
        let (channel, wantsRead) = (context.channel, wantsRead)
        if let place = place.take() {
            let bound = NIOLoopBound(place, eventLoop: context.eventLoop)
            channel.closeFuture.whenComplete { _ in bound.value.leave() }
        }
        channel.hold(short: false)
        makeLink?(context, rest, id)
        // What came with the first line was heard by this handler only.
        if machine.inputHasEnded { channel.close(promise: nil) } else if wantsRead { channel.read() }
    }

    /// Gives back the memory of bodies that have left. It comes again when the rest has.
    func settle(_ context: ChannelHandlerContext) {
        let channel = context.channel
        let unwritten = { self.output.count + ((try? channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0) }
        guard machine.settle(unwritten: unwritten), !isSettling else { return }
        isSettling = true
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        context.writeAndFlush(NIOAny(ByteBuffer())).whenComplete { _ in
            bound.value.isSettling = false
            bound.value.schedule()
        }
    }

    /// A client that is refused before it has said anything need not be waited for, so that it holds no descriptor. What is
    /// said in TLS waits for the handshake.
    private var lingering: TimeAmount { isRefused && !isTLS ? .zero : shared.settings.deadlines.linger }

    // MARK: - Deadlines

    var clock: DeadlineClock? { share?.clock(every: shared.settings.deadlines.interval) }

    func checkDeadline() {
        if let handshake, NIODeadline.now() - handshake >= shared.settings.deadlines.request {
            context?.close(promise: nil)
            return
        }
        // A client that does not read is given the time of an idle one.
        let wait = context?.channel.isWritable == false ? .request : waited.wait
        guard !isLingering, let limit = shared.settings.deadlines.limit(for: wait, arrived: machine.arrived),
            NIODeadline.now() - waited.since >= limit
        else { return }
        machine.timedOut()
        run()
    }
}
