import Telemetry

/// The requests of the last minutes, for the status page.
package struct RequestActivity: Sendable {
    /// The requests of one command.
    struct Command: Sendable {
        let verb: String
        let outcomes: RequestOutcomes
        let latency: HistogramReading
    }

    /// The number of commands that are shown each by itself. The others are shown together.
    private static let most = 40

    /// The time that is covered.
    let span: Duration
    /// The commands that had requests, in descending order of their number.
    let commands: [Command]
    /// The replies in each finished interval, the oldest first.
    let intervals: [RequestOutcomes]

    init(_ finished: [RequestInterval], unfinished: RequestInterval) {
        span = (finished.first ?? unfinished).start.duration(to: unfinished.end)
        intervals = finished.map(\.total)
        let parts = finished + [unfinished]
        let outcomes = parts.reduce(into: [:]) { sums, part in sums.merge(part.outcomes, uniquingKeysWith: +) }
        let latencies = parts.reduce(into: [:]) { sums, part in sums.merge(part.latencies, uniquingKeysWith: +) }
        let all = outcomes.map { verb, outcomes in
            Command(verb: verb, outcomes: outcomes, latency: latencies[verb, default: HistogramReading()])
        }
        let busy = all.sorted { ($1.outcomes.total, $0.verb) < ($0.outcomes.total, $1.verb) }
        let others = busy.dropFirst(Self.most)
        commands =
            busy.prefix(Self.most) + (others.isEmpty ? [] : [Self.sum(Array(others), named: "\(others.count) others")])
    }

    /// The requests of all commands together.
    var total: Command { Self.sum(commands, named: "all") }

    private static func sum(_ commands: [Command], named verb: String) -> Command {
        Command(
            verb: verb, outcomes: commands.map(\.outcomes).reduce(RequestOutcomes(), +),
            latency: commands.map(\.latency).reduce(HistogramReading(), +))
    }

    /// The number of requests in each second, on average.
    var rate: Double { Double(total.outcomes.total) / max(1, span / .seconds(1)) }

    /// The table of the commands.
    var table: StatusPage.Table {
        let rows = (commands.count > 1 ? [total] : []) + commands
        return StatusPage.Table(
            "Commands", ["Command", "Done", "Try again", "Refused", "p50", "p99"],
            rows.map { command in
                [.text(command.verb)]
                    + [command.outcomes.done, command.outcomes.again, command.outcomes.refused].map {
                        .number(StatusText.number($0))
                    }
                    + [0.5, 0.99].map { share in
                        .number(command.latency.quantile(share).map(StatusText.time) ?? "-")
                    }
            }, empty: "No requests were answered in this time.")
    }
}
