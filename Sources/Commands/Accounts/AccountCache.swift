import CoreMetrics
import Seal
import Store
import Synchronization
import Telemetry
import Wire

/// The accounts and keys that were read from the store. Each is kept until the database changes, so every answer
/// equals what the store would return now.
///
/// Requests that miss at the same time share one read of the store. The cache is bounded, and entries that leave it
/// are wiped.
package final class AccountCache: Sendable {
    /// The moment at which a request learned the store's mark. The request reads data as they were at that moment or
    /// later.
    struct Moment: Sendable, Equatable {
        /// The store's mark at this moment; nil if the store cannot tell whether it was changed.
        fileprivate let mark: StoreMark?
    }

    private struct State: Sendable {
        var mark: StoreMark
        var accounts: RecentCache<AccountName, Account>
        /// All keys of each account.
        var keys: RecentCache<AccountName, [KnownKey]>
    }

    /// The uses of the keys.
    package let uses: KeyUses
    private let store: Store
    private let reader: AccountReader
    private let capacity: Int
    private let hits: Counter
    private let misses: Counter
    private let state = Mutex<State?>(nil)

    /// Creates an empty cache.
    ///
    /// - Parameter capacity: The maximum number of accounts that are kept, and of accounts whose keys are kept.
    package init(
        _ store: Store, capacity: Int = 16_384, metrics: any MetricsFactory = NOOPMetricsHandler.instance
    ) {
        self.store = store
        reader = AccountReader(store)
        uses = KeyUses(store)
        self.capacity = capacity
        hits = Counter(.accountLookups, ["hit"], in: metrics)
        misses = Counter(.accountLookups, ["miss"], in: metrics)
    }

    /// The number of requests that need a read of the store and wait until another read has ended.
    var waitingCount: Int { reader.waitingCount }

    /// The number of accounts that are kept, and of accounts whose keys are kept.
    var count: (accounts: Int, keys: Int) {
        state.withLock { state in (state?.accounts.count ?? 0, state?.keys.count ?? 0) }
    }

    /// Removes all accounts and keys from the cache.
    package func clear() {
        state.withLock { $0 = nil }
    }

    /// The present moment, if the store knows its mark at once; nil if the mark must be queried with `moment()`.
    var present: Moment? { store.mark.map { Moment(mark: $0) } }

    /// Returns the present moment. It queries the store for its mark if the store does not know it at once.
    func moment() async throws(StoreError) -> Moment {
        if let present { return present }
        return Moment(mark: try await store.askMark())
    }

    /// Returns the account, if it is in memory and was current at the moment; nil if it must be read.
    func known(_ name: AccountName, at moment: Moment) -> Account? {
        let known = state.withLock { state in
            state?.mark == moment.mark ? state?.accounts[name] : nil
        }
        if known != nil { countHit() }
        return known
    }

    /// Counts a hit for an account that a caller found in its own memory.
    func countHit() { hits.increment() }

    /// Returns all keys of each account, in the order of the names; nil for each account whose keys must be read.
    func knownKeys(of names: [AccountName], at moment: Moment) -> [[KnownKey]?] {
        let keys = state.withLock { state in
            names.map { state?.mark == moment.mark ? state?.keys[$0] : nil }
        }
        if !keys.contains(where: { $0 == nil }) { hits.increment(by: names.count) }
        return keys
    }

    func account(named name: AccountName, at moment: Moment) async throws(StoreError) -> Account? {
        let mark = moment.mark
        if let mark, let known = recall(mark, { $0.accounts[name] }) ?? nil {
            hits.increment()
            return known
        }
        misses.increment()
        let account = try await reader.read(AccountReader.Names(accounts: [name])).account(named: name)
        if let account { keep(mark) { $0.accounts[name] = account } }
        return account
    }

    /// Returns the key with the highest version for a purpose; nil if no key has that purpose.
    static func current(in keys: [KnownKey]?, _ purpose: KeyPurpose) -> KnownKey? {
        var current: KnownKey?
        for key in keys ?? [] where key.row.purpose == purpose && key.row.version >= current?.row.version ?? 0 {
            current = key
        }
        return current
    }

    /// Returns all keys of each account, in the order of the names; nil for an account without keys.
    ///
    /// - Parameter origin: The lane that asks. Lanes take turns.
    func keys(
        of names: [AccountName], at moment: Moment, from origin: UInt64 = 0
    ) async throws(StoreError) -> [[KnownKey]?] {
        let mark = moment.mark
        var keys = mark.flatMap { recall($0) { known in names.map { known.keys[$0] } } } ?? names.map { _ in nil }
        guard keys.contains(where: { $0 == nil }) else {
            hits.increment(by: names.count)
            return keys
        }
        let missing = zip(names, keys).filter { $0.1 == nil }.map(\.0)
        hits.increment(by: names.count - missing.count)
        misses.increment(by: missing.count)
        let found = try await reader.read(AccountReader.Names(keysOf: missing), from: origin)
        keep(mark) { known in for name in missing { if let keys = found.keys(of: name) { known.keys[name] = keys } } }
        for (index, name) in names.enumerated() where keys[index] == nil { keys[index] = found.keys(of: name) }
        return keys
    }

    /// Runs `body` on the entries that are kept under the mark. Entries that are kept under an earlier mark are
    /// removed first.
    ///
    /// - Returns: nil if the entries are kept under a later mark. In that case nothing is removed.
    private func recall<Value: Sendable>(_ mark: StoreMark, _ body: (inout State) -> Value) -> Value? {
        state.withLock { state in
            if state?.mark != mark {
                if let present = store.mark, present != mark { return nil }
                state = State(mark: mark, accounts: RecentCache(capacity), keys: RecentCache(capacity))
            }
            return body(&state!)
        }
    }

    /// Runs `body` to keep new entries, unless the mark has changed since they were read.
    ///
    /// - Parameter mark: The store's mark before the read.
    private func keep(_ mark: StoreMark?, _ body: (inout State) -> Void) {
        state.withLock { state in
            guard let mark, state?.mark == mark else { return }
            body(&state!)
        }
    }
}
