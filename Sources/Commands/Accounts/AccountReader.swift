import Store
import Wire

/// Reads accounts and keys from the store. Requests that arrive during a read share the next read.
final class AccountReader: Sendable {
    /// The names that one request asks for.
    struct Names: Sendable {
        var accounts: [AccountName] = []
        /// The names of the accounts whose keys are wanted.
        var keysOf: [AccountName] = []
    }

    /// The result of one read, for all requests that share it.
    struct Found: Sendable {
        fileprivate let accounts: [String: Account]
        /// The keys of each account. All requests get the same objects, so each key is unwrapped once.
        fileprivate let keys: [String: [KnownKey]]

        /// Returns the account with the name; nil if it does not exist.
        func account(named name: AccountName) -> Account? { accounts[name.description] }

        /// Returns the keys of the account with the name; nil if it has none.
        func keys(of name: AccountName) -> [KnownKey]? { keys[name.description] }
    }

    private let store: Store
    private let question = SharedQuestion<Names, Found>(limit: NameBatch.limit) { names in
        names.accounts.count + names.keysOf.count
    }

    init(_ store: Store) {
        self.store = store
    }

    /// The number of requests that wait for the next read.
    var waitingCount: Int { question.waitingCount }

    /// Returns the result of a read that begins after the call. The result may have more than the names that were
    /// asked for.
    ///
    /// - Parameter origin: The lane that asks; 0 for callers that need not be told apart.
    func read(_ names: Names, from origin: UInt64 = 0) async throws(StoreError) -> Found {
        try await question.answer(to: names, from: origin) { [store] asks in await Self.read(asks, of: store) }
    }

    private static func read(_ asks: [Names], of store: Store) async -> Result<Found, StoreError> {
        do throws(StoreError) {
            let found = try await store.find(
                accounts: asks.flatMap(\.accounts).map(\.description),
                keysOf: asks.flatMap(\.keysOf).map(\.description))
            return .success(Found(accounts: found.accounts, keys: found.keys.mapValues { $0.map { KnownKey($0) } }))
        } catch {
            return .failure(error)
        }
    }
}
