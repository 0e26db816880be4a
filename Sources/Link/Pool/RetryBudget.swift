/// How many requests may be given to a second server: a tenth of those of the last seconds, and a few.
///
/// Servers that fail because there is too much to do would get twice as much otherwise. A value without a clock: `tick`
/// halves what is remembered.
struct RetryBudget {
    /// What may be repeated however few requests there were.
    static let least = 20
    /// Requests for each that may be repeated.
    static let share = 10

    private var requests = 0
    private var retries = 0

    mutating func noteRequest() { requests += 1 }

    /// Takes `count` from the budget; false, and takes nothing, when there is not so much.
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
