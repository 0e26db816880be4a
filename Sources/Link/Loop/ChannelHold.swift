import NIOCore
import NIOPosix
import Wire

/// The bounds of a connection's octets in memory, which are low while its client has not logged in.
enum ChannelHold {
    /// Octets that a read may bring.
    private static let (shortRead, longRead) = (4 << 10, 64 << 10)
    private static let shortMarks = ChannelOptions.Types.WriteBufferWaterMark(
        low: Outbox.strangersShare / 2, high: Outbox.strangersShare)
    private static let longMarks = ChannelOptions.Types.WriteBufferWaterMark(low: 32 << 10, high: 64 << 10)
    /// Linux's TCP_NOTSENT_LOWAT: octets that the kernel takes before it has sent those that it has. Unlike the size of its
    /// buffer, it can be set back.
    static let unsent = ChannelOptions.Types.SocketOption(level: .tcp, name: .init(rawValue: 25))
    static let shortUnsent = ChannelOptions.Types.SocketOption.Value(Outbox.strangersShare)
    static let longUnsent = ChannelOptions.Types.SocketOption.Value(Int32.max)

    static func marks(short: Bool) -> ChannelOptions.Types.WriteBufferWaterMark { short ? shortMarks : longMarks }

    /// A connection keeps the buffer that it has last read into. It grows with what is read.
    static func reads(short: Bool, initial: Int = 64) -> ReadSize {
        ReadSize(initial: initial, most: short ? shortRead : longRead)
    }
}

extension Channel {
    /// A listener's connections begin held short.
    func hold(short: Bool) {
        guard let options = syncOptions else { return }
        try? options.setOption(.writeBufferWaterMark, value: ChannelHold.marks(short: short))
        try? options.setOption(.recvAllocator, value: ChannelHold.reads(short: short))
        guard remoteAddress?.ipAddress != nil else { return }
        try? options.setOption(ChannelHold.unsent, value: short ? ChannelHold.shortUnsent : ChannelHold.longUnsent)
    }
}
