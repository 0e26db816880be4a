import NIOCore
import NIOPosix
import Wire

/// The limits of the bytes that a connection may have in memory. They are tight until the client has logged in.
enum ChannelBufferLimits {
    /// The most bytes that one read returns.
    private static let (tightRead, fullRead) = (4 << 10, 64 << 10)
    private static let tightMarks = ChannelOptions.Types.WriteBufferWaterMark(
        low: Outbox.unauthenticatedShare / 2, high: Outbox.unauthenticatedShare)
    private static let fullMarks = ChannelOptions.Types.WriteBufferWaterMark(low: 32 << 10, high: 64 << 10)
    /// Linux's TCP_NOTSENT_LOWAT: the bytes that the kernel takes before it has sent the earlier ones. Unlike the size
    /// of the kernel's buffer, it can be set back.
    static let unsentLimit = ChannelOptions.Types.SocketOption(level: .tcp, name: .init(rawValue: 25))
    static let tightUnsent = ChannelOptions.Types.SocketOption.Value(Outbox.unauthenticatedShare)
    static let fullUnsent = ChannelOptions.Types.SocketOption.Value(Int32.max)

    static func waterMarks(tight: Bool) -> ChannelOptions.Types.WriteBufferWaterMark { tight ? tightMarks : fullMarks }

    /// Returns an allocator of read buffers, which grow with the bytes that are read. A connection keeps the last one.
    static func readAllocator(tight: Bool, initial: Int = 64) -> ReadSize {
        ReadSize(initial: initial, most: tight ? tightRead : fullRead)
    }
}

extension Channel {
    /// Sets the limits. The connections of a listener begin with tight limits.
    func limitBuffers(tight: Bool) {
        guard let options = syncOptions else { return }
        try? options.setOption(.writeBufferWaterMark, value: ChannelBufferLimits.waterMarks(tight: tight))
        try? options.setOption(.recvAllocator, value: ChannelBufferLimits.readAllocator(tight: tight))
        guard remoteAddress?.ipAddress != nil else { return }
        try? options.setOption(
            ChannelBufferLimits.unsentLimit,
            value: tight ? ChannelBufferLimits.tightUnsent : ChannelBufferLimits.fullUnsent)
    }
}
