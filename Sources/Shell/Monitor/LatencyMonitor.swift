import Glibc
import NIOCore

/// The monitor `clavero --latency`, which shows the server's response times. A terminal gets one line for the whole
/// run, which is rewritten each second. Other outputs get a line a second, or a JSON object.
struct LatencyMonitor {
    private static let longestTrend = 60

    let prober: Prober
    /// The number of seconds after which the monitor ends; nil if only Ctrl-C ends it.
    let seconds: Int?
    let isJSON: Bool

    func run() throws(ExitError) {
        var line = StatusLine()
        defer { line.end() }
        var trend: [Int?] = []
        var second = 0
        while second != seconds, let latencies = try prober.nextSecond() {
            second += 1
            trend = trend.suffix(Self.longestTrend - 1) + [latencies.percentile(99)]
            if isJSON {
                Output.write(MeasurementObject.line(latencies, second: second))
            } else if Terminal.isStandardOutput {
                let columns = Terminal.size(of: STDOUT_FILENO).columns
                line.show(
                    LatencyLine.text(prober.total, trend: trend, columns: columns, levels: Sparkline.localeLevels))
            } else {
                Output.write(ByteBuffer(string: "\(LatencyLine.text(latencies))\n"))
            }
        }
        line.erase()
        let text = ByteBuffer(string: "total: \(LatencyLine.text(prober.total))\n")
        Output.write(isJSON ? MeasurementObject.line(prober.total, second: nil) : text)
    }
}
