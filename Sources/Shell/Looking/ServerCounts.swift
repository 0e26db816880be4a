/// What HEALTH counts, claverod(8).
struct ServerCounts: Equatable {
    /// Answered since the server was started.
    let requests: Int?
    /// Open now.
    let sessions: Int?

    /// `lines`: the reply's. A line that is not there is nil.
    init(_ lines: [String]) {
        func number(_ name: String) -> Int? {
            lines.first { $0.hasPrefix("\(name): ") }.flatMap { Int($0.dropFirst(name.count + 2)) }
        }
        (requests, sessions) = (number("requests"), number("sessions"))
    }

    /// Requests a second since `earlier`, which was so many nanoseconds ago; nil where either was not told.
    func rate(since earlier: ServerCounts, nanoseconds: Int) -> Int? {
        guard let requests, let before = earlier.requests, requests >= before, nanoseconds > 0 else { return nil }
        return Int((Double(requests - before) * 1e9 / Double(nanoseconds)).rounded())
    }
}
