import Input
import Link
import NIOCore
import Wire

/// A prober that sends NOOP a hundred times a second, one request at a time, and collects the response times.
final class Prober {
    /// A probe that waits for its reply.
    private struct Probe {
        let reply: EventLoopFuture<ClientConnection.RoundTrip>
        /// The time between the probe's due time and its start, in nanoseconds.
        let delay: Int
    }

    private static let second = 1_000_000_000
    private static let request = ByteBuffer(string: "NOOP\r\n")

    private let connection: ServerConnection
    private let now: () -> Int
    private var schedule: ProbeSchedule
    /// The start of the current second, in nanoseconds.
    private var start: Int
    private var current: Probe?
    /// The latencies of all seconds so far.
    private(set) var total = LatencyHistogram()

    /// - Parameter now: a clock, in nanoseconds.
    init(_ connection: ServerConnection, now: @escaping () -> Int = MonotonicClock.now) {
        self.connection = connection
        self.now = now
        start = now()
        schedule = ProbeSchedule(start: start)
    }

    /// Waits for the end of the second, and returns the latencies of the probes that ended in it. Returns nil if Ctrl-C
    /// comes first.
    func nextSecond() throws(ExitError) -> LatencyHistogram? {
        let end = start + Self.second
        defer { start = end }
        var latencies = LatencyHistogram()
        while current != nil || schedule.due < end {
            if current == nil { current = try sendProbe() }
            guard let probe = current else { return nil }
            switch try wait(for: probe.reply, until: end) {
            case .value(let trip):
                current = nil
                let latency = probe.delay + Int(trip.time.nanoseconds)
                latencies.add(latency)
                total.add(latency)
            case .timedOut: return latencies
            case .interrupted: return nil
            }
        }
        return latencies
    }

    /// Sends another request, and returns its reply or nil if Ctrl-C comes first. Probes that are due meanwhile are left
    /// out.
    func ask(_ request: String) throws(ExitError) -> Reply? {
        let reply = try roundTrip(ByteBuffer(string: "\(request)\r\n"))
        guard case .value(let trip) = try wait(for: reply, until: .max) else { return nil }
        schedule.skip(to: now())
        return trip.reply
    }

    /// Sends the next probe when it is due. Returns nil if Ctrl-C comes first.
    private func sendProbe() throws(ExitError) -> Probe? {
        let isPunctual = now() < schedule.due
        guard Interrupt.sleep(until: schedule.due) else { return nil }
        return Probe(
            reply: try roundTrip(Self.request), delay: schedule.startProbe(at: now(), isPunctual: isPunctual))
    }

    private func roundTrip(_ request: ByteBuffer) throws(ExitError) -> EventLoopFuture<ClientConnection.RoundTrip> {
        guard let client = connection.clientConnection else {
            throw ExitError(message: "connection lost", status: .unavailable)
        }
        return client.roundTrip(request)
    }

    /// - Throws: an `ExitError` if the connection is lost, or if the server refuses the request.
    private func wait(
        for reply: EventLoopFuture<ClientConnection.RoundTrip>, until end: Int
    ) throws(ExitError) -> Interrupt.WaitResult<ClientConnection.RoundTrip> {
        let result: Interrupt.WaitResult<ClientConnection.RoundTrip>
        do {
            result = try Interrupt.wait(for: reply, until: end)
        } catch {
            throw ExitError(message: TerminalText.escaped("\(error)"), status: .unavailable)
        }
        guard case .value(let trip) = result, !trip.reply.isSuccess || trip.reply.endsSession else { return result }
        let status = trip.reply.endsSession ? .unavailable : trip.reply.exitStatus
        throw ExitError(message: Output.text(of: trip.reply), status: status)
    }
}
