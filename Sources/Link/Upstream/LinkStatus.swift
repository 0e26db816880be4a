import Synchronization

/// The links of all event loops to one server. It decides which changes of them are lines of the log, so that an event
/// of the server is one line, however many event loops see it.
package final class LinkStatus: Sendable {
    /// A change of a link that the log may report.
    enum Change: Equatable {
        /// A link to a server that had none is ready, or the server announces other commands.
        case up
        /// The last link was lost, or no link can be made, for a reason that was not reported since the server was up.
        case down
        /// A link was lost, or cannot be made, while others exist. `period` is the number of the server's time of being up.
        case fewer(period: Int)
    }

    private struct State {
        var ready = 0
        /// The number of times that the server came up.
        var period = 0
        /// The commands that were reported last.
        var commands = ""
        /// The events that were reported since the server came up or went down: the last ones.
        var reported: [String] = []
    }

    /// The number of events that are remembered. The other end may choose the text of some.
    private static let mostReported = 8

    private let state = Mutex(State())

    package init() {}

    /// Notes what a link announces. `isFirst`: whether the link was not ready before.
    ///
    /// - Returns: `.up` if the log is to report it; otherwise nil.
    func announced(_ commands: String, isFirst: Bool) -> Change? {
        state.withLock { state in
            if isFirst { state.ready += 1 }
            let isUp = isFirst && state.ready == 1
            if isUp {
                state.period += 1
                state.reported = []
            }
            defer { state.commands = commands }
            return isUp || commands != state.commands ? .up : nil
        }
    }

    /// Notes that a link was lost, or was not made. `wasReady`: whether it was ready. `reason`: the reason for the log;
    /// nil if the log has it from this link.
    ///
    /// - Returns: the change that the log is to report; nil if there is none.
    func lost(wasReady: Bool, reason: String?) -> Change? {
        state.withLock { state in
            if wasReady {
                state.ready -= 1
                if state.ready == 0 { state.reported = [] }
            }
            guard let reason else { return nil }
            if state.ready > 0 { return .fewer(period: state.period) }
            return Self.isNew("down: \(reason)", &state.reported) ? .down : nil
        }
    }

    /// Returns whether the log has not reported this event since the server came up or went down.
    func isNew(_ event: String) -> Bool {
        state.withLock { Self.isNew(event, &$0.reported) }
    }

    /// Returns whether the server has been up since that period began.
    func isStillUp(since period: Int) -> Bool {
        state.withLock { $0.ready > 0 && $0.period == period }
    }

    private static func isNew(_ event: String, _ reported: inout [String]) -> Bool {
        guard !reported.contains(event) else { return false }
        reported.append(event)
        if reported.count > mostReported { reported.removeFirst() }
        return true
    }
}

/// The link statuses of a site's servers, and the problems with their commands. The pools of all event loops share it.
package final class LinkStatusTable: Sendable {
    private struct Entry {
        weak var status: LinkStatus?
    }

    private let entries = Mutex<[Endpoint: Entry]>([:])
    /// The problems that the pools have now, each with the number of pools.
    private let problems = Mutex<[AnnouncementProblems: Int]>([:])

    package init() {}

    /// Returns the status of a server. It exists as long as a link uses it.
    func status(of server: Endpoint) -> LinkStatus {
        entries.withLock { entries in
            if let status = entries[server]?.status { return status }
            entries = entries.filter { $0.value.status != nil }
            let status = LinkStatus()
            entries[server] = Entry(status: status)
            return status
        }
    }

    /// Notes that the problems of a pool have changed.
    ///
    /// - Returns: whether the log is to report the new ones, because no other pool has them.
    func changed(from old: AnnouncementProblems, to new: AnnouncementProblems) -> Bool {
        problems.withLock { problems in
            if let count = problems[old] { problems[old] = count > 1 ? count - 1 : nil }
            problems[new, default: 0] += 1
            return problems[new] == 1
        }
    }
}
