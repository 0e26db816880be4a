import Store
import Synchronization

/// A store of which one call fails while a test wants it to.
final class FailingStore: Store {
    enum Method: Equatable, Sendable {
        case add, account, accountAndKey, currentKeys, key, setPassword
    }

    private let inner: any Store
    private let failing = Mutex<(method: Method, error: StoreError)?>(nil)

    init(_ inner: any Store) {
        self.inner = inner
    }

    func fail(_ method: Method, with error: StoreError) { failing.withLock { $0 = (method, error) } }
    func work() { failing.withLock { $0 = nil } }

    private func check(_ method: Method) throws(StoreError) {
        if let now = failing.withLock({ $0 }), now.method == method { throw now.error }
    }

    func add(_ account: NewAccount) async throws(StoreError) {
        try check(.add)
        try await inner.add(account)
    }

    func account(named name: String) async throws(StoreError) -> Account? {
        try check(.account)
        return try await inner.account(named: name)
    }

    func accountAndKey(named name: String, purpose: KeyPurpose) async throws(StoreError) -> AccountAndKey? {
        try check(.accountAndKey)
        return try await inner.accountAndKey(named: name, purpose: purpose)
    }

    func currentKeys(of names: [String], purpose: KeyPurpose) async throws(StoreError) -> [String: AccountKey] {
        try check(.currentKeys)
        return try await inner.currentKeys(of: names, purpose: purpose)
    }

    func key(of name: String, purpose: KeyPurpose, version: UInt32) async throws(StoreError) -> AccountKey? {
        try check(.key)
        return try await inner.key(of: name, purpose: purpose, version: version)
    }

    func setPassword(_ phc: String, of name: String, ifEpoch epoch: Int64) async throws(StoreError) -> Bool {
        try check(.setPassword)
        return try await inner.setPassword(phc, of: name, ifEpoch: epoch)
    }
}
