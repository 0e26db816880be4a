import Store
import Wire

/// Reads accounts and keys from the store, so that those who come while a read is under way share the next one.
final class AccountReader: Sendable {
    /// The names of one who asks.
    struct Names: Sendable {
        var accounts: [AccountName] = []
        /// The names whose keys are asked for.
        var keysOf: [AccountName] = []
    }

    /// The result of one read, for all requests that share it.
    struct Found: Sendable {
        fileprivate let accounts: [String: Account]
        /// The same objects for all, so that each key is unwrapped once.
        fileprivate let keys: [String: [KnownKey]]

        /// nil for a name without an account.
        func account(named name: AccountName) -> Account? { accounts[name.description] }

        /// nil for a name without keys.
        func keys(of name: AccountName) -> [KnownKey]? { keys[name.description] }
    }

    private let store: Store
    private let question = SharedQuestion<Names, Found>(limit: NameBatch.limit) { names in
        names.accounts.count + names.keysOf.count
    }

    init(_ store: Store) {
        self.store = store
    }

    /// How many wait for the next read.
    var waitingCount: Int { question.waitingCount }

    /// Returns what a read finds that begins after the call. It may have found more than was asked for.
    ///
    /// - Parameter origin: The lane that asks; 0 for all who need not be told apart.
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
