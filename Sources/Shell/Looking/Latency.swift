import Glibc
import NIOCore

/// `clavero --latency`: how long the server takes to answer. At a terminal one line tells of the whole run and is
/// rewritten each second; otherwise there is a line for each second.
struct Latency {
    private static let longestTrend = 60

    let prober: Prober
    /// After how many seconds it ends; nil for not before Ctrl-C.
    let seconds: Int?

    func run() throws(Stop) {
        var line = RewrittenLine()
        defer { line.end() }
        var trend: [Int?] = []
        var second = 0
        while second != seconds, let trips = try prober.nextSecond() {
            second += 1
            trend = trend.suffix(Self.longestTrend - 1) + [trips.percentile(99)]
            if Screen.isOutput {
                let columns = Screen.size(of: STDOUT_FILENO).columns
                line.show(
                    LatencyLine.text(prober.total, trend: trend, columns: columns, levels: Sparkline.ofLocale))
            } else {
                Output.write(ByteBuffer(string: "\(LatencyLine.text(trips))\n"))
            }
        }
        line.wipe()
        Output.write(ByteBuffer(string: "total: \(LatencyLine.text(prober.total))\n"))
    }
}
