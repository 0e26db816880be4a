import Logging
import NIOCore
import Wire

/// Runs the process of a plugin, restarts it when it ends, and sends it requests over its standard input.
///
/// It may be used on any thread. Its work runs on one event loop.
package final class PluginSupervisor: Sendable {
    /// Answers a plugin's request to its host. It gets the payload of the request, the caller that the plugin acts for,
    /// and a function that takes the reply as it is written to a client.
    package typealias Host = @Sendable (ByteBuffer, Caller, @escaping @Sendable (ByteBuffer) -> Void) -> Void

    private let loop: any EventLoop
    private let work: NIOLoopBound<Work>

    /// `host`: answers the plugin's own requests. The initialiser must be called on the loop.
    package init(
        _ program: PluginProgram, limits: PluginLimits = PluginLimits(), on loop: any EventLoop, logger: Logger,
        host: @escaping Host
    ) {
        self.loop = loop
        var logger = logger
        logger[metadataKey: "plugin"] = "\(program.name)"
        let work = Work(program, limits, on: loop, logger: logger, host)
        self.work = NIOLoopBound(work, eventLoop: loop)
    }

    /// Starts the process. It returns when the plugin has announced its commands, or when the first attempt has failed.
    ///
    /// `changed`: called with the commands, now and after each restart.
    package func start(changed: @escaping @Sendable ([CommandSpec]) -> Void) async {
        let first = loop.makePromise(of: Void.self)
        loop.execute { self.work.value.start(first, changed) }
        try? await first.futureResult.get()
    }

    /// Stops the process. It returns when no process of the plugin is left.
    package func stop() async {
        try? await loop.flatSubmit { self.work.value.stop() }.get()
    }

    /// `account`: the account that the caller's token stands for. The plugin gets the account and never the token.
    package func respond(
        to request: Request, from caller: Caller, account: String?, _ answer: @escaping @Sendable (Answer) -> Void
    ) {
        loop.execute { self.work.value.respond(to: request, from: caller, account, answer) }
    }

    package func ended(lane: Lane) {
        loop.execute { self.work.value.ended(lane: lane) }
    }

    /// The state of a supervisor. Confined to the loop.
    private final class Work {
        /// The most unanswered requests of a plugin to its host.
        private static let mostAsked = 64

        private let limits: PluginLimits
        private let loop: any EventLoop
        private let transport: PluginTransport
        private let upstream: Upstream
        private let host: Host
        /// The last caller of each lane that is in use.
        private var callers: [Lane: Caller] = [:]
        private var asked = 0
        private var first: EventLoopPromise<Void>?

        init(
            _ program: PluginProgram, _ limits: PluginLimits, on loop: any EventLoop, logger: Logger,
            _ host: @escaping Host
        ) {
            self.limits = limits
            self.loop = loop
            self.host = host
            transport = PluginTransport(program, grace: limits.exitTime, on: loop, logger: logger)
            upstream = Upstream(
                over: transport, limits: UpstreamLimits(unwritten: limits.unwritten), on: loop, logger: logger)
            upstream.onLoss = { [unowned self] in first.take()?.succeed() }
            upstream.onHostRequest = { [unowned self] lane, request in ask(lane, request) }
        }

        func start(_ first: EventLoopPromise<Void>, _ changed: @escaping @Sendable ([CommandSpec]) -> Void) {
            self.first = first
            upstream.onManifestChange = { [unowned self] in
                changed(upstream.manifest.specs)
                self.first.take()?.succeed()
            }
            upstream.connect()
            // A plugin that announces nothing must not delay the server's start.
            let bound = NIOLoopBound(self, eventLoop: loop)
            _ = loop.scheduleTask(in: limits.announcementTime) { bound.value.first.take()?.succeed() }
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
            let deadline = loop.scheduleTask(in: limits.answerTime) {
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

        /// Passes on a request of the plugin to its host. A plugin may ask only for a user whose request it is
        /// answering.
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
                    // A restarted process knows nothing of requests that the one before it made.
                    if link == work.upstream.link { work.upstream.answered(lane, reply) }
                }
            }
        }

        private func refuse(_ lane: Lane, _ failure: Failure) { upstream.answered(lane, Answer(failure).bytes()) }
    }
}
