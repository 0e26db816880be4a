/// The part of a store that counts wrong log-ins, by the sources that they came from.
///
/// All times are Unix seconds.
package protocol LogInFailureStore: Sendable {
    /// Returns the count of each source, in their order, from one read; nil where there is none.
    func logInFailures(of sources: [LogInSource]) async throws(StoreError) -> [LogInFailures?]

    /// Counts one more for each source, in one transaction, and returns how many each has now, in their order.
    ///
    /// A count begins anew if its time is before `start` or after `end`: a time in the future was written while a clock
    /// was wrong. Up to 100 counts of any source whose time is before `start` are dropped.
    func recordLogInFailure(
        of sources: [LogInSource], at now: Int64, forgetting start: Int64, notAfter end: Int64
    ) async throws(StoreError) -> [Int]

    /// Drops the account's count from this network; from every network when it is nil. Returns false if there was none.
    func clearLogInFailures(of account: String, from network: String?) async throws(StoreError) -> Bool

    /// Drops the account's counts from every network, and notes that the operator unlocked it: the count of
    /// `LogInSource(unlocked: account)` is 0 as of `now`. Returns false if there was no count.
    func unlockLogIns(of account: String, at now: Int64) async throws(StoreError) -> Bool

    /// Drops the counts of networks by themselves. Returns false if there was none.
    func clearLogInFailures(ofNetworks networks: [String]) async throws(StoreError) -> Bool

    /// Drops all counts but about the latest `count` ones. Those of the same second stay or go together.
    func trimLogInFailures(to count: Int) async throws(StoreError)
}

/// The source of wrong log-ins, and the account they were for.
package struct LogInSource: Sendable, Hashable {
    /// The account's name, which need not exist; empty for a network by itself, whatever the account.
    package let account: String
    /// The network's text; empty for an account that was unlocked.
    package let network: String

    /// An account, tried from a network.
    package init(account: String, network: String) {
        (self.account, self.network) = (account, network)
    }

    /// All log-ins from a network.
    package init(network: String) { self.init(account: "", network: network) }

    /// The note that the operator unlocked an account.
    package init(unlocked account: String) { self.init(account: account, network: "") }

    package var isNetwork: Bool { account.isEmpty }
}

/// How many log-ins of a source were wrong.
package struct LogInFailures: Sendable, Equatable {
    package let count: Int
    /// The time of the last one; of a network by itself, the time of the first one.
    package let time: Int64

    package init(count: Int, time: Int64) {
        (self.count, self.time) = (count, time)
    }
}
