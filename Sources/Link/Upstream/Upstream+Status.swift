import Logging
import NIOCore
import Wire

/// The lines of the log about the state of the link.
extension Upstream {
    /// The time after which the log reports a lost link to a server that has others. By then, all links of a server
    /// that has ended are lost, and one line has reported that.
    private static let lossDelay = TimeAmount.seconds(1)

    /// Notes that the link has ended. `reason`: the reason that the log may report; nil if it may not.
    func leaveStatus(_ reason: String?) {
        let change = status.lost(wasReady: isCounted, reason: reason)
        isCounted = false
        guard let reason else { return }
        switch change {
        case .down: logger.warning("no link to the \(transport.name)", metadata: ["reason": "\(reason)"])
        case .fewer(let period):
            _ = loop.scheduleTask(in: Self.lossDelay) { [status, logger, name = transport.name] in
                guard status.isStillUp(since: period), status.isNew("fewer: \(reason)") else { return }
                logger.warning("a link to the \(name) was lost", metadata: ["reason": "\(reason)"])
            }
        case .up, nil: break
        }
    }

    /// Notes what the other end announces, at first and after each change.
    func enterStatus(_ name: String, _ specs: [CommandSpec]) {
        let commands = specs.map(\.verb.description).joined(separator: " ")
        let change = status.announced(commands, isFirst: !isCounted)
        isCounted = true
        guard change != nil else { return }
        logger.info("link is up", metadata: ["\(transport.name)": "\(name)", "commands": "\(specs.count)"])
    }
}
