import Link
import NIOCore
import Wire

/// Asks a server NOOP a hundred times a second, one at a time, and gathers how long that takes.
final class Prober {
    private static let second = 1_000_000_000
    private static let request = ByteBuffer(string: "NOOP\r\n")

    private let session: Session
    private let now: () -> Int
    private var pace: Pace
    /// When the second that is gathered began.
    private var begin: Int
    /// A probe that has no answer yet, and how long it had waited before it was sent.
    private var inFlight: (answer: EventLoopFuture<ClientConnection.RoundTrip>, waited: Int)?
    /// All round trips so far.
    private(set) var total = RoundTrips()

    /// `now`: nanoseconds.
    init(_ session: Session, now: @escaping () -> Int = MonotonicClock.now) {
        self.session = session
        self.now = now
        begin = now()
        pace = Pace(start: begin)
    }

    /// The round trips that ended in the next second, which is over then; nil when Ctrl-C came first.
    func nextSecond() throws(Stop) -> RoundTrips? {
        let end = begin + Self.second
        defer { begin = end }
        var trips = RoundTrips()
        while inFlight != nil || pace.due < end {
            if inFlight == nil { inFlight = try start() }
            guard let probe = inFlight else { return nil }
            switch try session.wait(for: probe.answer, until: end) {
            case .value(let trip):
                inFlight = nil
                let time = probe.waited + Int(trip.time.nanoseconds)
                trips.add(time)
                total.add(time)
            case .late: return trips
            case .stopped: return nil
            }
        }
        return trips
    }

    /// Asks something else; nil when Ctrl-C came first. No probe waits for that.
    func ask(_ request: String) throws(Stop) -> Reply? {
        let answer = try session.roundTrip(ByteBuffer(string: "\(request)\r\n"))
        guard case .value(let trip) = try session.wait(for: answer, until: .max) else { return nil }
        pace.skip(to: now())
        return trip.reply
    }

    /// Sends the next probe when it is due; nil when Ctrl-C came first.
    private func start() throws(Stop) -> (answer: EventLoopFuture<ClientConnection.RoundTrip>, waited: Int)? {
        let isPunctual = now() < pace.due
        guard Interrupt.sleep(until: pace.due) else { return nil }
        return (try session.roundTrip(Self.request), pace.take(at: now(), isPunctual: isPunctual))
    }
}

extension Session {
    fileprivate func roundTrip(_ request: ByteBuffer) throws(Stop) -> EventLoopFuture<ClientConnection.RoundTrip> {
        guard let connection else { throw Stop(message: "connection lost", status: .unavailable) }
        return connection.roundTrip(request)
    }

    /// - Throws: a `Stop` when there will be no answer, and for an answer that is a refusal.
    fileprivate func wait(
        for answer: EventLoopFuture<ClientConnection.RoundTrip>, until end: Int
    ) throws(Stop) -> Interrupt.Outcome<ClientConnection.RoundTrip> {
        let outcome: Interrupt.Outcome<ClientConnection.RoundTrip>
        do {
            outcome = try Interrupt.wait(for: answer, until: end)
        } catch {
            throw Stop(message: Escaping.shown("\(error)"), status: .unavailable)
        }
        guard case .value(let trip) = outcome, !trip.reply.isSuccess || trip.reply.endsSession else { return outcome }
        let status = trip.reply.endsSession ? .unavailable : trip.reply.status
        throw Stop(message: Output.text(of: trip.reply), status: status)
    }
}
