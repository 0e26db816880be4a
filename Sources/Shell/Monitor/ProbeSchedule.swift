/// The schedule of probes, one hundred a second.
///
/// A probe that starts late because the previous one had no reply counts the delay as latency. Otherwise a server
/// that stalls for a second would spoil a single sample, and look as good as one that does not.
struct ProbeSchedule: Equatable {
    private static let interval = 10_000_000

    /// The time at which the next probe is due, in nanoseconds.
    private(set) var due: Int

    init(start: Int) {
        due = start
    }

    /// Starts the next probe. Returns its delay in nanoseconds, which counts as latency.
    ///
    /// - Parameter isPunctual: whether the prober waited for the due time. A late wake-up after that is not the
    /// server's fault.
    mutating func startProbe(at now: Int, isPunctual: Bool) -> Int {
        defer { due += Self.interval }
        return isPunctual ? 0 : max(0, now - due)
    }

    /// Skips the probes that were due before `now`.
    mutating func skip(to now: Int) {
        guard now > due else { return }
        due += (now - due + Self.interval - 1) / Self.interval * Self.interval
    }
}
