import NIOCore
import Wire

/// Reading from the link. One turn of the loop takes a share of what arrived, because other sessions need the loop too.
extension Upstream {
    /// Replies that are taken in one turn.
    private static let share = 256

    func received(_ octets: inout ByteBuffer) {
        end.machine.received(&octets)
    }

    func run() {
        isBehind = !take(upTo: Self.share)
        if end.machine.isStopping, end.machine.isDrained { channel?.close(promise: nil) }
        progressed?()
        flushSoon()
        if isBehind { reading?.yield() } else { handler?.goOnReading() }
    }

    /// What was read before the link ended is still good.
    func takeAll() {
        guard isBehind else { return }
        isBehind = false
        _ = take(upTo: .max)
    }

    /// - Returns: whether there is nothing more.
    private func take(upTo count: Int) -> Bool {
        do throws(WireFault) {
            var left = count
            while left > 0 {
                guard let event = try end.next() else { return true }
                // To learn anew who answers what is as much work as many replies.
                if case .announced = event { left -= Self.share } else { left -= 1 }
                take(consume event)
            }
            return false
        } catch {
            leave("the \(transport.name) breaks the protocol of the link: \(error)")
            return true
        }
    }
}
