import Glibc
import Logging
import NIOCore
import NIOPosix
import Wire

/// The near end of a link to a server: it connects, connects again when the link is lost, and answers requests with
/// the server's replies. While there is no link it answers at once that there is none.
///
/// Confined to its event loop.
package final class Upstream: Responder {
    private let endpoint: Endpoint
    private let tls: TLSIdentity?
    private let loop: any EventLoop
    private let logger: Logger
    /// Told when the manifest has changed.
    private let changed: () -> Void

    package private(set) var manifest = Manifest()
    private var machine = UpstreamMachine()
    private var pending = Tickets<@Sendable (Answer) -> Void>()
    private var channel: (any Channel)?
    private var output = Outbox()
    private var turn: OncePerTurn?
    private var isStopped = false
    /// Why the link was given up, if the server is to blame.
    private var fault: String?
    private var lastFault: String?
    private var backoff = Backoff()

    /// Octets that may wait for a link that does not take them.
    private static let maximumOutput = 256 << 20
    /// For a server to say what it answers.
    private static let patience = TimeAmount.seconds(10)

    /// `tls`: what the link is encrypted with; nil for one in clear.
    package init(
        to endpoint: Endpoint, tls: TLSIdentity?, on loop: any EventLoop, logger: Logger,
        changed: @escaping () -> Void
    ) {
        self.endpoint = endpoint
        self.tls = tls
        self.loop = loop
        self.changed = changed
        var logger = logger
        logger[metadataKey: "upstream"] = "\(endpoint)"
        self.logger = logger
        manifest.isComplete = false
        // All requests of one turn of the loop leave in one write.
        turn = OncePerTurn(on: loop) { [weak self] in self?.flush() }
    }

    package var isReady: Bool { channel != nil && machine.isReady }

    package func respond(to request: Request, from caller: Caller, _ answer: @escaping @Sendable (Answer) -> Void) {
        guard isReady else { return answer(Answer(.serverDown)) }
        guard output.count < Self.maximumOutput else { return answer(Answer(.serverBusy)) }
        machine.send(request, as: pending.add(answer), from: caller, into: &output)
        flushSoon()
    }

    package func ended(lane: UInt64) {
        machine.ended(lane, into: &output)
        flushSoon()
    }

    /// Connects, and goes on doing so until `stop`.
    package func connect() {
        guard !isStopped else { return }
        let bound = NIOLoopBound(self, eventLoop: loop)
        ClientBootstrap(group: loop)
            .connectTimeout(Self.patience)
            .channelOption(.maxMessagesPerRead, value: 1)
            .channelOption(.writeSpin, value: 1)
            .channelInitializer { [tls] channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls { try channel.pipeline.syncOperations.addHandler(tls.clientHandler()) }
                    try channel.pipeline.syncOperations.addHandler(UpstreamHandler(bound.value))
                }
            }
            .connect(to: endpoint)
            .whenFailure { error in bound.value.disconnected(Self.reason(error)) }
    }

    /// Ends the link for good.
    package func stop() {
        isStopped = true
        channel?.close(promise: nil)
    }

    /// The system's own words where there are any.
    private static func reason(_ error: any Error) -> String {
        let cause = (error as? NIOConnectionError)?.connectionErrors.first?.error ?? error
        return (cause as? IOError).map { String(cString: strerror($0.errnoCode)) } ?? "\(cause)"
    }

    // MARK: - What the handler tells

    func connected(_ channel: any Channel) {
        guard !isStopped else { return channel.close(promise: nil) }
        self.channel = channel
        machine = UpstreamMachine()
        let bound = NIOLoopBound(self, eventLoop: loop)
        _ = loop.scheduleTask(in: Self.patience) { bound.value.giveUpUnlessReady(on: channel) }
    }

    func received(_ octets: inout ByteBuffer) {
        machine.received(&octets)
    }

    func run() {
        do throws(WireFault) {
            while let event = try machine.next(into: &output) { take(event) }
        } catch {
            fault = "the server breaks the protocol of the link: \(error)"
            channel?.close(promise: nil)
        }
        if machine.isStopping, machine.isDrained { channel?.close(promise: nil) }
        flushSoon()
    }

    /// A connection that was reset is nothing new; that TLS does not come about is the configuration's fault.
    func failed(_ error: any Error) {
        if let cause = TLSFault(of: error) { fault = "no TLS with the server: \(cause)" }
    }

    func disconnected(_ reason: String) {
        let wasReady = isReady
        channel = nil
        output = Outbox()
        for ticket in machine.lost() { pending.take(ticket)?(Answer(.serverLost)) }
        guard !isStopped else { return }
        // The same fault at every try is one line.
        if wasReady || fault != lastFault || backoff.isFirst {
            logger.warning("no link to the server", metadata: ["reason": "\(fault ?? reason)"])
        }
        (lastFault, fault) = (fault, nil)
        let bound = NIOLoopBound(self, eventLoop: loop)
        _ = loop.scheduleTask(in: backoff.next()) { bound.value.connect() }
    }

    private func take(_ event: UpstreamMachine.Event) {
        switch event {
        case .announced(let name, let specs):
            manifest = Manifest(specs)
            backoff = Backoff()
            logger.info("link is up", metadata: ["server": "\(name)", "commands": "\(specs.count)"])
            changed()
        case .answered(let ticket, let answer):
            pending.take(ticket)?(answer)
        case .stopping:
            logger.info("the server is stopping")
        }
    }

    private func giveUpUnlessReady(on channel: any Channel) {
        guard self.channel === channel, !machine.isReady, !machine.isStopping else { return }
        logger.warning("the server does not say what it answers")
        channel.close(promise: nil)
    }

    private func flushSoon() {
        if !output.isEmpty { turn?.schedule() }
    }

    private func flush() {
        guard let channel, channel.isWritable, !output.isEmpty else { return }
        let contents = output.take()
        for part in contents.parts { channel.write(part, promise: nil) }
        channel.writeAndFlush(contents.last, promise: nil)
    }

    func becameWritable() { flush() }
}

/// Carries an upstream's octets.
private final class UpstreamHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    private let upstream: Upstream

    init(_ upstream: Upstream) {
        self.upstream = upstream
    }

    func channelActive(context: ChannelHandlerContext) { upstream.connected(context.channel) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var octets = unwrapInboundIn(data)
        upstream.received(&octets)
    }

    func channelReadComplete(context: ChannelHandlerContext) { upstream.run() }

    func channelWritabilityChanged(context: ChannelHandlerContext) { upstream.becameWritable() }

    func channelInactive(context: ChannelHandlerContext) { upstream.disconnected("the connection was closed") }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        upstream.failed(error)
        context.close(promise: nil)
    }
}

/// Growing delays between attempts: 25 ms to 1 s, each with a random part, so that many do not come back at once.
struct Backoff {
    private static let first: Int64 = 25
    private static let last: Int64 = 1000
    private var milliseconds = first

    var isFirst: Bool { milliseconds == Self.first }

    mutating func next() -> TimeAmount {
        defer { milliseconds = min(milliseconds * 2, Self.last) }
        return .milliseconds(Int64.random(in: milliseconds / 2...milliseconds))
    }
}
