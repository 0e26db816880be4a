import Foundation
import Logging
import NIOCore
import NIOPosix
import Wire

/// A link to a plugin's process, on its standard input and output. What it writes on its standard error becomes lines of
/// the log. The end of its input tells it to end; it is killed if it does not.
///
/// Confined to its event loop.
final class PluginTransport: UpstreamTransport {
    let peer = UpstreamMachine.Peer.plugin
    let name = "plugin"
    private let program: PluginProgram
    private let grace: TimeAmount
    private let logger: Logger
    private var child: PluginChild?
    private var lastEnd: PluginChild.End?
    /// Done when no process of the plugin's runs.
    private(set) var ended: EventLoopFuture<Void>

    /// `grace`: how long a process may take to end.
    init(_ program: PluginProgram, grace: TimeAmount, on loop: any EventLoop, logger: Logger) {
        self.program = program
        self.grace = grace
        self.logger = logger
        ended = loop.makeSucceededVoidFuture()
    }

    func open(on loop: any EventLoop, _ handler: NIOLoopBound<UpstreamHandler>) -> EventLoopFuture<any Channel> {
        let started = loop.makePromise(of: (PluginChild, PluginChild.Pipes).self)
        let end = loop.makePromise(of: PluginChild.End?.self)
        let program = program
        // One at a time: what it keeps in its directory is one process' at any time.
        ended.whenComplete { _ in
            // To start a process and to wait for its end both block.
            Thread.detachNewThread {
                do {
                    let (child, pipes) = try PluginChild.start(program)
                    started.succeed((child, pipes))
                    end.succeed(child.wait())
                } catch {
                    started.fail(error)
                    end.succeed(nil)
                }
            }
        }
        let this = NIOLoopBound(self, eventLoop: loop)
        ended = end.futureResult.map { end in this.value.note(end) }
        return started.futureResult.flatMap { child, pipes in
            this.value.child = child
            return this.value.channel(on: loop, pipes, handler)
        }
    }

    private func channel(
        on loop: any EventLoop, _ pipes: PluginChild.Pipes, _ handler: NIOLoopBound<UpstreamHandler>
    ) -> EventLoopFuture<any Channel> {
        let logger = logger
        NIOPipeBootstrap(group: loop)
            .channelOption(.maxMessagesPerRead, value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(PluginLog(logger))
                }
            }
            .takingOwnershipOfDescriptor(input: pipes.errors)
            .whenFailure { _ in close(pipes.errors) }
        return NIOPipeBootstrap(group: loop)
            .channelOption(.maxMessagesPerRead, value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(handler.value)
                }
            }
            .takingOwnershipOfDescriptors(input: pipes.output, output: pipes.input)
            .map { $0 }
    }

    /// One that always ends in the same way is one line.
    private func note(_ end: PluginChild.End?) {
        guard let end, end != lastEnd else { return }
        lastEnd = end
        logger.warning("the process ended", metadata: ["reason": "\(end)"])
    }

    func release() {
        guard let child = child.take() else { return }
        _ = ended.eventLoop.scheduleTask(in: grace) { child.kill() }
    }
}
