/// The counts in the reply to HEALTH, as in claverod(8). A count is nil if the reply does not have it.
struct ServerCounts: Equatable {
    /// The number of requests since the server was started.
    let requests: Int?
    /// The number of open sessions.
    let sessions: Int?

    /// - Parameter lines: the lines of the reply.
    init(_ lines: [String]) {
        func number(_ name: String) -> Int? {
            lines.first { $0.hasPrefix("\(name): ") }.flatMap { Int($0.dropFirst(name.count + 2)) }
        }
        (requests, sessions) = (number("requests"), number("sessions"))
    }

    /// Returns the requests a second since an earlier reply, or nil if either reply has no count.
    ///
    /// - Parameter nanoseconds: the time between the two replies.
    func rate(since earlier: ServerCounts, nanoseconds: Int) -> Int? {
        guard let requests, let before = earlier.requests, requests >= before, nanoseconds > 0 else { return nil }
        return Int((Double(requests - before) * 1e9 / Double(nanoseconds)).rounded())
    }
}
