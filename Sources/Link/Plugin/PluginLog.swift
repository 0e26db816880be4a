import Logging
import NIOCore

/// Makes lines of the log of what a plugin writes on its standard error: of each line its beginning, and of many lines in
/// a short time the first.
final class PluginLog: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    /// Octets of a line that are shown.
    private static let longestLine = 1024
    /// Lines that are shown in each span of time.
    private static let mostLines = 100
    private static let span = TimeAmount.seconds(10)

    private let logger: Logger
    private var line = ByteBuffer()
    private var count = 0
    private var suppressed = 0
    private var spanEnd = NIODeadline.distantPast

    init(_ logger: Logger) {
        self.logger = logger
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var octets = unwrapInboundIn(data)
        while let end = octets.readableBytesView.firstIndex(of: UInt8(ascii: "\n")) {
            add(octets.readSlice(length: end - octets.readerIndex)!)
            octets.moveReaderIndex(forwardBy: 1)
            finishLine()
        }
        add(octets)
    }

    func channelInactive(context: ChannelHandlerContext) {
        if line.readableBytes > 0 { finishLine() }
        tellSuppressed()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    private func add(_ octets: ByteBuffer) {
        let room = Self.longestLine - line.readableBytes
        var octets = octets
        if let start = octets.readSlice(length: min(room, octets.readableBytes)) { line.writeImmutableBuffer(start) }
    }

    private func finishLine() {
        defer { line.clear() }
        let now = NIODeadline.now()
        if now >= spanEnd {
            tellSuppressed()
            (count, spanEnd) = (0, now + Self.span)
        }
        count += 1
        guard count <= Self.mostLines else {
            suppressed += 1
            return
        }
        logger.notice("the plugin says", metadata: ["text": "\(String(buffer: line))"])
    }

    private func tellSuppressed() {
        guard suppressed > 0 else { return }
        logger.warning("the plugin says too much", metadata: ["lines": "\(suppressed)"])
        suppressed = 0
    }
}
