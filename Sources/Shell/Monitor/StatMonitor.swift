import Glibc
import NIOCore
import Wire

/// The monitor `clavero --stat`, which shows the server's load and response times in a line, or a JSON object, a
/// second.
struct StatMonitor {
    private static let health: Verb = "HEALTH"

    let prober: Prober
    /// The commands of the server.
    let manifest: Manifest
    /// The number of seconds after which the monitor ends; nil if only Ctrl-C ends it.
    let seconds: Int?
    let isJSON: Bool

    func run() throws(ExitError) {
        let hasCounts = manifest[Self.health] != nil
        if !hasCounts {
            Output.reportError("only a server's admin socket reports requests and sessions; --socket names it")
        }
        var table = StatTable(hasCounts: hasCounts, levels: Sparkline.localeLevels)
        var current = TimedCounts()
        if hasCounts, try !current.update(using: prober) { return }
        var second = 0
        while second != seconds, let latencies = try prober.nextSecond() {
            let previous = current
            if hasCounts, try !current.update(using: prober) { return }
            let row = StatTable.Row(
                requests: current.rate(since: previous), latencies: latencies, sessions: current.counts.sessions)
            second += 1
            guard !isJSON else {
                Output.write(MeasurementObject.line(latencies, second: second, counts: row))
                continue
            }
            let size = Terminal.size(of: STDOUT_FILENO)
            if second == 1 || Terminal.isStandardOutput && (second - 1).isMultiple(of: max(1, size.rows - 1)) {
                write(table.heading(columns: size.columns))
            }
            write(table.line(row, columns: size.columns))
        }
    }

    private func write(_ line: String) { Output.write(ByteBuffer(string: "\(line)\n")) }

    /// The latest counts of the server, and the time at which they were read.
    private struct TimedCounts {
        private(set) var counts = ServerCounts([])
        private var time = 0

        /// Reads the counts. Returns false if Ctrl-C comes first.
        mutating func update(using prober: Prober) throws(ExitError) -> Bool {
            guard let reply = try prober.ask(StatMonitor.health.description) else { return false }
            (counts, time) = (ServerCounts(reply.lines), MonotonicClock.now())
            return true
        }

        func rate(since earlier: TimedCounts) -> Int? {
            counts.rate(since: earlier.counts, nanoseconds: time - earlier.time)
        }
    }
}
