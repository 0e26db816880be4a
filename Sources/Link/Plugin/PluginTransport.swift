import Foundation
import Logging
import NIOCore
import NIOPosix
import POSIX
import Wire

/// Opens links to a plugin's process, over its standard input and output. Its standard error goes to the log. A process
/// ends when its input does, and is killed if it does not end in time.
///
/// Confined to its event loop.
final class PluginTransport: UpstreamTransport {
    let peer = UpstreamMachine.Peer.plugin
    let name = "plugin"
    private let program: PluginProgram
    private let grace: TimeAmount
    private let logger: Logger
    private var process: ChildProcess?
    private var lastEnd: ChildProcess.End?
    /// The future that is done when no process of the plugin runs.
    private(set) var ended: EventLoopFuture<Void>

    /// `grace`: the time for a process to end.
    init(_ program: PluginProgram, grace: TimeAmount, on loop: any EventLoop, logger: Logger) {
        self.program = program
        self.grace = grace
        self.logger = logger
        ended = loop.makeSucceededVoidFuture()
    }

    func open(on loop: any EventLoop, _ handler: NIOLoopBound<UpstreamHandler>) -> EventLoopFuture<any Channel> {
        let started = loop.makePromise(of: PluginChildProcess.self)
        let end = loop.makePromise(of: ChildProcess.End?.self)
        let program = program
        // Only one process runs at a time, because its directory must belong to one process.
        ended.whenComplete { _ in
            // Starting a process and waiting for its end both block.
            Thread.detachNewThread {
                do {
                    let child = try PluginChildProcess(program)
                    started.succeed(child)
                    end.succeed(child.process.wait())
                } catch {
                    started.fail(error)
                    end.succeed(nil)
                }
            }
        }
        let this = NIOLoopBound(self, eventLoop: loop)
        ended = end.futureResult.map { end in this.value.note(end) }
        return started.futureResult.flatMap { child in
            this.value.process = child.process
            return this.value.channel(on: loop, child, handler)
        }
    }

    private func channel(
        on loop: any EventLoop, _ child: PluginChildProcess, _ handler: NIOLoopBound<UpstreamHandler>
    ) -> EventLoopFuture<any Channel> {
        let logger = logger
        NIOPipeBootstrap(group: loop)
            .channelOption(.maxMessagesPerRead, value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(PluginLogHandler(logger))
                }
            }
            .takingOwnershipOfDescriptor(input: child.errors)
            .whenFailure { _ in close(child.errors) }
        return NIOPipeBootstrap(group: loop)
            .channelOption(.maxMessagesPerRead, value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(handler.value)
                }
            }
            .takingOwnershipOfDescriptors(input: child.output, output: child.input)
            .map { $0 }
    }

    /// Logs the end of a process. If it ends in the same way again, nothing is logged.
    private func note(_ end: ChildProcess.End?) {
        guard let end, end != lastEnd else { return }
        lastEnd = end
        logger.warning("the process ended", metadata: ["reason": "\(end)"])
    }

    func release() {
        guard let process = process.take() else { return }
        _ = ended.eventLoop.scheduleTask(in: grace) { process.signal(SIGKILL) }
    }
}
