import NIOCore
import Wire

extension ChannelHandlerContext {
    /// Writes the contents of an outbox with as few system calls as possible.
    func write(all contents: Outbox.Contents) {
        for part in contents.parts { write(NIOAny(part), promise: nil) }
        if contents.last.readableBytes > 0 { writeAndFlush(NIOAny(contents.last), promise: nil) } else { flush() }
    }

    /// Writes the share of an outbox that leaves at once. The caller takes it out of the outbox first, because the
    /// handler may write again before this returns.
    ///
    /// - Returns: whether the outbox has more.
    func write(share: Outbox.Contents?) -> Bool {
        guard let share else { return false }
        write(all: share)
        return share.leavesMore
    }

    /// Writes the last bytes and closes, after the other end has or `lingering` has passed. An earlier close with
    /// unread input would discard the written bytes.
    func write(last contents: Outbox.Contents, lingering: TimeAmount) {
        write(all: contents)
        let channel = channel
        writeAndFlush(NIOAny(ByteBuffer())).whenComplete { _ in
            channel.close(mode: .output, promise: nil)
            channel.read()
        }
        _ = eventLoop.scheduleTask(in: lingering) { channel.close(promise: nil) }
    }
}
