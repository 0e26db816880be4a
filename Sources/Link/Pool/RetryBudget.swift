/// The number of requests that may be sent to a second server: a tenth of the requests of the last seconds, and a few
/// more.
///
/// Without a budget, servers that fail because of too much load would get twice the load. A value without a clock:
/// `tick` halves the counts.
struct RetryBudget {
    /// The number of retries that are always allowed.
    static let least = 20
    /// The number of requests that allow one retry.
    static let share = 10

    private var requests = 0
    private var retries = 0

    mutating func noteRequest() { requests += 1 }

    /// Takes `count` retries from the budget.
    ///
    /// - Returns: false if there are not as many. Then none are taken.
    mutating func take(_ count: Int = 1) -> Bool {
        guard retries + count <= requests / Self.share + Self.least else { return false }
        retries += count
        return true
    }

    mutating func tick() {
        requests /= 2
        retries /= 2
    }
}
