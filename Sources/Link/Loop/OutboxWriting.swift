import NIOCore
import Wire

extension ChannelHandlerContext {
    /// Writes what was taken from an outbox, in as few system calls as it takes.
    func write(all contents: Outbox.Contents) {
        for part in contents.parts { write(NIOAny(part), promise: nil) }
        if contents.last.readableBytes > 0 { writeAndFlush(NIOAny(contents.last), promise: nil) } else { flush() }
    }

    /// Writes the share of an outbox that goes at once, which was taken out before: a write may, before it returns, have its
    /// handler write again.
    ///
    /// - Returns: whether more waits there.
    func write(share: Outbox.Contents?) -> Bool {
        guard let share else { return false }
        write(all: share)
        return share.leavesMore
    }

    /// Says the last words, then waits a little for the other end to hang up first: closing on input that was not read
    /// would take back what was written.
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
