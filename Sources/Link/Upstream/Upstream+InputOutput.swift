import NIOCore
import Wire

/// Reading from the link and writing to it. One turn of the event loop moves only a share of the bytes, because other
/// sessions need the loop too.
extension Upstream {
    // MARK: - Reading

    /// The number of replies that are taken in one turn.
    private static let share = 256

    func received(_ bytes: inout ByteBuffer) {
        end.machine.received(&bytes)
    }

    func run() {
        hasBacklog = !take(upTo: Self.share)
        if end.machine.isStopping, end.machine.isDrained { channel?.close(promise: nil) }
        onProgress?()
        flushSoon()
        if hasBacklog { reading?.yield() } else { handler?.continueReading() }
    }

    /// Takes all replies that were read before the link ended. They are still valid.
    func takeAll() {
        guard hasBacklog else { return }
        hasBacklog = false
        _ = take(upTo: .max)
    }

    /// Takes at most `count` replies. An announcement counts as a whole share.
    ///
    /// - Returns: whether none is left.
    private func take(upTo count: Int) -> Bool {
        do throws(WireFault) {
            var left = count
            while left > 0 {
                guard let event = try end.next() else { return true }
                // Rebuilding the manifest after an announcement is as much work as many replies.
                if case .announced = event { left -= Self.share } else { left -= 1 }
                take(consume event)
            }
            return false
        } catch {
            abandonLink("the \(transport.name) breaks the protocol of the link: \(error)")
            return true
        }
    }

    // MARK: - Writing

    /// Writes the output at the end of the loop's turn, together with what is added until then.
    func flushSoon() {
        if hasOutput { writing?.schedule() }
    }

    private var hasOutput: Bool { end.output.count > 0 || end.machine.hasMore }

    func flush() {
        guard let channel, channel.isWritable else { return }
        let hasMore = end.writeMore()
        let leavesMore = handler?.write(share: end.output.takeShare()) == true
        if leavesMore || hasMore { writing?.yield() }
    }

    func becameWritable() {
        if hasOutput { writing?.yield() }
    }
}
