import CoreMetrics
import Seal
import Store
import Synchronization
import Telemetry

/// Accounts and keys as they were read, each for as long as nobody changes the database: every answer is what the store
/// would give now.
///
/// Requests that miss at the same time share one read of the store. The cache is bounded, and what leaves it is
/// wiped.
package final class AccountCache: Sendable {
    /// When a store was asked for its mark, which it does not give for nothing. What is read `at` a moment is as it was
    /// then or later.
    final class Moment: Sendable {
        /// nil where the store cannot tell whether it was changed.
        fileprivate let mark: StoreMark?

        fileprivate init(_ mark: StoreMark?) {
            self.mark = mark
        }
    }

    private struct State: Sendable {
        var mark: StoreMark
        var accounts: Recent<String, Account>
        /// All keys of each account.
        var keys: Recent<String, [KnownKey]>
    }

    private let store: any Store
    private let reader: AccountReader
    private let capacity: Int
    private let hits: Counter
    private let misses: Counter
    private let state = Mutex<State?>(nil)

    /// `capacity`: accounts, and accounts' keys, that are kept.
    package init(
        _ store: any Store, capacity: Int = 16_384, metrics: any MetricsFactory = NOOPMetricsHandler.instance
    ) {
        self.store = store
        reader = AccountReader(store)
        self.capacity = capacity
        hasMoments = store.asksForMark
        hits = Counter(.accountLookups, ["hit"], in: metrics)
        misses = Counter(.accountLookups, ["miss"], in: metrics)
    }

    /// How many read from the store, and wait until another read is over.
    var waitingCount: Int { reader.waitingCount }

    /// How many accounts, and accounts' keys, are kept.
    var count: (accounts: Int, keys: Int) {
        state.withLock { state in (state?.accounts.count ?? 0, state?.keys.count ?? 0) }
    }

    /// Forgets everything.
    package func clear() {
        state.withLock { $0 = nil }
    }

    /// Whether there are moments, for a request that reads several times to ask the store once.
    let hasMoments: Bool

    /// Now.
    func moment() async throws(StoreError) -> Moment { Moment(try await store.askMark()) }

    private func mark(at moment: Moment?) -> StoreMark? {
        if let moment { moment.mark } else { store.mark }
    }

    /// The account, if it is in memory and as it is now; nil where that has to be read.
    func known(_ name: String, at moment: Moment?) -> Account? {
        guard let mark = mark(at: moment), let known = recall(mark, { $0.accounts[name] }) else { return nil }
        hits.increment()
        return known
    }

    /// All keys of each account, in the order of the names; nil where they have to be read.
    func knownKeys(of names: [String], at moment: Moment?) -> [[KnownKey]?] {
        guard let mark = mark(at: moment) else { return names.map { _ in nil } }
        let keys = recall(mark) { known in names.map { known.keys[$0] } }
        if !keys.contains(where: { $0 == nil }) { hits.increment(by: names.count) }
        return keys
    }

    /// `moment`: one of the request's own; nil for now.
    func account(named name: String, at moment: Moment? = nil) async throws(StoreError) -> Account? {
        let mark = if let mark = mark(at: moment) { mark } else { try await store.askMark() }
        if let mark, let known = recall(mark, { $0.accounts[name] }) {
            hits.increment()
            return known
        }
        misses.increment()
        let account = try await reader.read(AccountReader.Names(accounts: [name])).accounts[name]
        if let account { keep(mark) { $0.accounts[name] = account } }
        return account
    }

    /// The current key of an account; nil when there is no such account, or it has none.
    func currentKey(
        of name: String, _ purpose: KeyPurpose, at moment: Moment? = nil
    ) async throws(StoreError) -> KnownKey? {
        try await currentKeys(of: [name], purpose, at: moment)[0]
    }

    /// The current key of each account, in the order of the names, from one read at most.
    func currentKeys(
        of names: [String], _ purpose: KeyPurpose, at moment: Moment? = nil
    ) async throws(StoreError) -> [KnownKey?] {
        try await keys(of: names, at: moment).map { Self.current(in: $0, purpose) }
    }

    /// The key of the highest version for a purpose.
    static func current(in keys: [KnownKey]?, _ purpose: KeyPurpose) -> KnownKey? {
        var current: KnownKey?
        for key in keys ?? [] where key.row.purpose == purpose && key.row.version >= current?.row.version ?? 0 {
            current = key
        }
        return current
    }

    /// One version of a key, current or not; nil when there is none.
    func key(
        of name: String, _ purpose: KeyPurpose, version: UInt32, at moment: Moment? = nil
    ) async throws(StoreError) -> KnownKey? {
        try await keys(of: [name], at: moment)[0]?.first { $0.row.purpose == purpose && $0.row.version == version }
    }

    /// All keys of each account, in the order of the names; nil when there are none.
    func keys(of names: [String], at moment: Moment?) async throws(StoreError) -> [[KnownKey]?] {
        let mark = if let mark = mark(at: moment) { mark } else { try await store.askMark() }
        var keys = mark.map { recall($0) { known in names.map { known.keys[$0] } } } ?? names.map { _ in nil }
        guard keys.contains(where: { $0 == nil }) else {
            hits.increment(by: names.count)
            return keys
        }
        let missing = zip(names, keys).filter { $0.1 == nil }.map(\.0)
        hits.increment(by: names.count - missing.count)
        misses.increment(by: missing.count)
        let found = try await reader.read(AccountReader.Names(keysOf: missing)).keys
        keep(mark) { known in for name in missing { if let keys = found[name] { known.keys[name] = keys } } }
        for (index, name) in names.enumerated() where keys[index] == nil { keys[index] = found[name] }
        return keys
    }

    /// What was kept when the mark was another counts no longer.
    private func recall<Value: Sendable>(_ mark: StoreMark, _ body: (inout State) -> Value) -> Value {
        state.withLock { state in
            if state?.mark != mark {
                state = State(mark: mark, accounts: Recent(capacity), keys: Recent(capacity))
            }
            return body(&state!)
        }
    }

    /// `mark`: of before the read.
    private func keep(_ mark: StoreMark?, _ body: (inout State) -> Void) {
        state.withLock { state in
            guard let mark, state?.mark == mark else { return }
            body(&state!)
        }
    }
}
