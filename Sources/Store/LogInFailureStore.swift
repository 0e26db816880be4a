/// The part of a store that counts failures to log in, by the account's name, which need not exist, and the network
/// that they came from.
package protocol LogInFailureStore: Sendable {
    /// Nil when there were none.
    func logInFailures(of account: String, from network: String) async throws(StoreError) -> LogInFailures?

    /// Counts one more and returns how many there are now. The count begins anew when the last was before `before`.
    /// Up to 100 counts of anybody whose last was before that are dropped.
    func recordLogInFailure(
        of account: String, from network: String, at now: Int64, forgetting before: Int64
    ) async throws(StoreError) -> Int

    /// Drops the account's count from this network; from every network when it is nil. False when there was none.
    func clearLogInFailures(of account: String, from network: String?) async throws(StoreError) -> Bool
}

/// How often a log-in failed, one after another.
package struct LogInFailures: Sendable, Equatable {
    package let count: Int
    /// Unix seconds.
    package let last: Int64

    package init(count: Int, last: Int64) {
        (self.count, self.last) = (count, last)
    }
}
