import Logging
import NIOCore

/// Logs what a plugin writes to its standard error. Long lines are cut, and of many lines in a short time only the
/// first are logged.
final class PluginLogHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    /// The bytes of a line that are logged.
    private static let longestLine = 1024
    /// The number of lines that are logged in each span of time.
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
        var bytes = unwrapInboundIn(data)
        while let end = bytes.readableBytesView.firstIndex(of: UInt8(ascii: "\n")) {
            add(bytes.readSlice(length: end - bytes.readerIndex)!)
            bytes.moveReaderIndex(forwardBy: 1)
            finishLine()
        }
        add(bytes)
    }

    func channelInactive(context: ChannelHandlerContext) {
        if line.readableBytes > 0 { finishLine() }
        tellSuppressed()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    private func add(_ bytes: ByteBuffer) {
        let room = Self.longestLine - line.readableBytes
        var bytes = bytes
        if let start = bytes.readSlice(length: min(room, bytes.readableBytes)) { line.writeImmutableBuffer(start) }
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
        logger.warning("the plugin logs too much", metadata: ["lines": "\(suppressed)"])
        suppressed = 0
    }
}
