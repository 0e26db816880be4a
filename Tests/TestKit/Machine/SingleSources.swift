import Store

extension LogInFailureStore {
    /// The count of one account from one network.
    package func logInFailures(of account: String, from network: String) async throws(StoreError) -> LogInFailures? {
        try await logInFailures(of: [LogInSource(account: account, network: network)])[0]
    }

    /// Counts one wrong log-in of an account from a network.
    package func recordLogInFailure(
        of account: String, from network: String, at now: Int64, forgetting start: Int64
    ) async throws(StoreError) -> Int {
        let source = LogInSource(account: account, network: network)
        return try await recordLogInFailure(of: [source], at: now, forgetting: start, notAfter: now)[0]
    }
}
