import Glibc
import NIOCore
import Wire

/// `clavero --stat`: a line a second on what the server does, as far as it tells, and how long it takes to answer.
struct Stat {
    private static let health: Verb = "HEALTH"

    let prober: Prober
    /// The server's.
    let manifest: Manifest
    /// After how many seconds it ends; nil for not before Ctrl-C.
    let seconds: Int?

    func run() throws(Stop) {
        let hasCounts = manifest[Self.health] != nil
        if !hasCounts {
            Output.complain("requests and sessions are told on a server's admin socket only; --socket names it")
        }
        var table = StatTable(hasCounts: hasCounts, levels: Sparkline.ofLocale)
        var reading = Reading()
        if hasCounts, try !reading.renew(by: prober) { return }
        var second = 0
        while second != seconds, let trips = try prober.nextSecond() {
            let before = reading
            if hasCounts, try !reading.renew(by: prober) { return }
            let size = Screen.size(of: STDOUT_FILENO)
            if second == 0 || Screen.isOutput && second.isMultiple(of: max(1, size.rows - 1)) {
                write(table.heading(columns: size.columns))
            }
            let row = StatTable.Row(
                requests: reading.rate(since: before), trips: trips, sessions: reading.counts.sessions)
            write(table.line(row, columns: size.columns))
            second += 1
        }
    }

    private func write(_ line: String) { Output.write(ByteBuffer(string: "\(line)\n")) }

    /// What the server told last, and when.
    private struct Reading {
        private(set) var counts = ServerCounts([])
        private var time = 0

        /// False when Ctrl-C came first.
        mutating func renew(by prober: Prober) throws(Stop) -> Bool {
            guard let reply = try prober.ask(Stat.health.description) else { return false }
            (counts, time) = (ServerCounts(reply.lines), MonotonicClock.now())
            return true
        }

        func rate(since earlier: Reading) -> Int? {
            counts.rate(since: earlier.counts, nanoseconds: time - earlier.time)
        }
    }
}
