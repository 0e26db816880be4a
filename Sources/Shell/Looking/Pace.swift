/// When probes are due: a hundred a second, by a clock whose nanoseconds are given.
///
/// One that could not start in time, since the one before it had no answer yet, has waited for the server too: otherwise
/// a server that stalls for a second would spoil one sample of a hundred, and look as good as one that does not.
struct Pace: Equatable {
    private static let interval = 10_000_000

    /// When the next one is.
    private(set) var due: Int

    init(start: Int) {
        due = start
    }

    /// Takes the next one, as it starts. Returns how long it has waited for the server already.
    ///
    /// `isPunctual`: whether it was the clock that it was waited for; that the program is woken late is nobody's fault.
    mutating func take(at now: Int, isPunctual: Bool) -> Int {
        defer { due += Self.interval }
        return isPunctual ? 0 : max(0, now - due)
    }

    /// Leaves out those that were due while something else was done.
    mutating func skip(to now: Int) {
        guard now > due else { return }
        due += (now - due + Self.interval - 1) / Self.interval * Self.interval
    }
}
