import Logging
import NIOCore
import Wire

/// A plugin whose process is started, started again when it ends, and asked over its standard input and output.
///
/// Safe to share; its work is done on one event loop.
package final class PluginProcess: Sendable {
    package struct Settings: Sendable {
        /// The time for an answer; a plugin that takes longer is started anew.
        package var timeout = TimeAmount.seconds(20)
        /// The time for a process to end after its input has ended.
        package var grace = TimeAmount.seconds(2)
        /// The time in which it should announce itself, while its server waits to take connections.
        package var patience = TimeAmount.seconds(3)
        /// Octets of requests that may wait for it to read them.
        package var unwritten = UpstreamMachine.leastUnwritten

        package init() {}
    }

    /// Answers what a plugin asks of its host: the payload of its request, for whom it asks, and where the reply goes, as
    /// it is written to a client.
    package typealias Host = @Sendable (ByteBuffer, Caller, @escaping @Sendable (ByteBuffer) -> Void) -> Void

    private let loop: any EventLoop
    private let work: NIOLoopBound<Work>

    /// `host` answers what it asks. To be called on the loop.
    package init(
        _ program: PluginProgram, settings: Settings = Settings(), on loop: any EventLoop, logger: Logger,
        host: @escaping Host
    ) {
        self.loop = loop
        var logger = logger
        logger[metadataKey: "plugin"] = "\(program.name)"
        let work = Work(program, settings, on: loop, logger: logger, host)
        self.work = NIOLoopBound(work, eventLoop: loop)
    }

    /// Starts it; done once it has announced itself, or has failed to for the first time. `changed` is told what it
    /// announces, now and whenever it is started again.
    package func start(changed: @escaping @Sendable ([CommandSpec]) -> Void) async {
        let first = loop.makePromise(of: Void.self)
        loop.execute { self.work.value.start(first, changed) }
        try? await first.futureResult.get()
    }

    /// Lets it end; done when no process of it is left.
    package func stop() async {
        try? await loop.flatSubmit { self.work.value.stop() }.get()
    }

    /// `account`: who was found behind the caller's token; the plugin is told that, and never the token.
    package func respond(
        to request: Request, from caller: Caller, account: String?, _ answer: @escaping @Sendable (Answer) -> Void
    ) {
        loop.execute { self.work.value.respond(to: request, from: caller, account, answer) }
    }

    package func ended(lane: Lane) {
        loop.execute { self.work.value.ended(lane: lane) }
    }

    /// Confined to the loop.
    private final class Work {
        /// The number of requests that a plugin may have at its host without an answer.
        private static let mostAsked = 64

        private let settings: Settings
        private let loop: any EventLoop
        private let transport: PluginTransport
        private let upstream: Upstream
        private let host: Host
        /// Who the lanes that are in use act for.
        private var callers: [Lane: Caller] = [:]
        private var asked = 0
        private var first: EventLoopPromise<Void>?

        init(
            _ program: PluginProgram, _ settings: Settings, on loop: any EventLoop, logger: Logger,
            _ host: @escaping Host
        ) {
            self.settings = settings
            self.loop = loop
            self.host = host
            transport = PluginTransport(program, grace: settings.grace, on: loop, logger: logger)
            upstream = Upstream(
                over: transport, limits: .init(unwritten: settings.unwritten), on: loop, logger: logger)
            upstream.lost = { [unowned self] in first.take()?.succeed() }
            upstream.asked = { [unowned self] lane, request in ask(lane, request) }
        }

        func start(_ first: EventLoopPromise<Void>, _ changed: @escaping @Sendable ([CommandSpec]) -> Void) {
            self.first = first
            upstream.changed = { [unowned self] in
                changed(upstream.manifest.specs)
                self.first.take()?.succeed()
            }
            upstream.connect()
            // One that says nothing keeps nobody else.
            let bound = NIOLoopBound(self, eventLoop: loop)
            _ = loop.scheduleTask(in: settings.patience) { bound.value.first.take()?.succeed() }
        }

        func stop() -> EventLoopFuture<Void> {
            first.take()?.succeed()
            upstream.stop()
            return transport.ended
        }

        func respond(
            to request: Request, from caller: Caller, _ account: String?, _ answer: @escaping @Sendable (Answer) -> Void
        ) {
            callers[caller.lane] = caller
            let bound = NIOLoopBound(self, eventLoop: loop)
            let deadline = loop.scheduleTask(in: settings.timeout) {
                bound.value.upstream.giveUp("no answer in time, it is started anew")
            }
            let path = ReturnPath { result in
                deadline.cancel()
                answer(result)
            }
            upstream.respond(to: request, from: caller, account: account, path)
        }

        func ended(lane: Lane) {
            callers[lane] = nil
            upstream.ended(lane: lane)
        }

        /// The plugin asks for the lane's user, which it may while it has something to answer there.
        private func ask(_ lane: Lane, _ request: ByteBuffer) {
            guard let caller = callers[lane], upstream.isWaiting(in: lane) else {
                return refuse(lane, .noRequestInLane)
            }
            guard asked < Self.mostAsked else { return refuse(lane, .serverBusy) }
            asked += 1
            let bound = NIOLoopBound((self, upstream.link), eventLoop: loop)
            host(request, caller) { [loop] reply in
                loop.execute {
                    let (work, link) = bound.value
                    work.asked -= 1
                    // Another process knows nothing of what this one has asked.
                    if link == work.upstream.link { work.upstream.answered(lane, reply) }
                }
            }
        }

        private func refuse(_ lane: Lane, _ failure: Failure) { upstream.answered(lane, Answer(failure).octets()) }
    }
}
