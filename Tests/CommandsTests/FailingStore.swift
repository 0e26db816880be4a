import Store
import Synchronization

/// A store of which one call fails while a test wants it to.
final class FailingStore: Store {
    enum Method: Equatable, Sendable {
        case add, checkSignUps, addInvitation, hasInvitation, account, accounts, keysOf, isAccountKey
        case setPassword, rehash, raiseEpoch, setState, forget
        case addLoginKey, removeLoginKey, loginKeys
        case logInFailures, recordLogInFailure, clearLogInFailures, unlockLogIns, clearNetworks, trimLogInFailures
        case rootKeyID, setRootKeyID, keys, rewrap, keyCounts
    }

    /// What comes to pass between the check of a password and what follows from it, if there were wrong ones before.
    @TaskLocal static var beforeClearing: (@Sendable () async -> Void)?

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

    func checkSignUps(_ bounds: [SignUpBound], at now: Int64) async throws(StoreError) {
        try check(.checkSignUps)
        try await inner.checkSignUps(bounds, at: now)
    }

    func addInvitation(_ digest: [UInt8], created: Int64, expires: Int64) async throws(StoreError) {
        try check(.addInvitation)
        try await inner.addInvitation(digest, created: created, expires: expires)
    }

    func hasInvitation(_ digest: [UInt8], at now: Int64) async throws(StoreError) -> Bool {
        try check(.hasInvitation)
        return try await inner.hasInvitation(digest, at: now)
    }

    func find(accounts: [String], keysOf: [String]) async throws(StoreError) -> FoundAccounts {
        if !accounts.isEmpty { try check(.account) }
        if !keysOf.isEmpty { try check(.keysOf) }
        return try await inner.find(accounts: accounts, keysOf: keysOf)
    }

    func accounts(after name: String?, limit: Int) async throws(StoreError) -> [Account] {
        try check(.accounts)
        return try await inner.accounts(after: name, limit: limit)
    }

    func isAccountKey(_ publicKey: [UInt8]) async throws(StoreError) -> Bool {
        try check(.isAccountKey)
        return try await inner.isAccountKey(publicKey)
    }

    func setPassword(_ phc: String, of name: String, ifEpoch epoch: Int64) async throws(StoreError) -> Bool {
        try check(.setPassword)
        return try await inner.setPassword(phc, of: name, ifEpoch: epoch)
    }

    func rehash(_ phc: String, of name: String, replacing old: String) async throws(StoreError) -> Bool {
        try check(.rehash)
        return try await inner.rehash(phc, of: name, replacing: old)
    }

    func raiseEpoch(of name: String, ifEpoch epoch: Int64) async throws(StoreError) -> Bool {
        try check(.raiseEpoch)
        return try await inner.raiseEpoch(of: name, ifEpoch: epoch)
    }

    func setState(_ state: AccountState, of name: String) async throws(StoreError) -> Bool {
        try check(.setState)
        return try await inner.setState(state, of: name)
    }

    func forget(_ name: String) async throws(StoreError) -> Forgetting {
        try check(.forget)
        return try await inner.forget(name)
    }

    // MARK: - Log-in keys

    func addLoginKey(_ key: LoginKey, to name: String, limit: Int) async throws(StoreError) -> Bool {
        try check(.addLoginKey)
        return try await inner.addLoginKey(key, to: name, limit: limit)
    }

    func removeLoginKey(_ publicKey: [UInt8], of name: String) async throws(StoreError) -> Bool {
        try check(.removeLoginKey)
        return try await inner.removeLoginKey(publicKey, of: name)
    }

    func loginKeys(of name: String) async throws(StoreError) -> [LoginKey] {
        try check(.loginKeys)
        return try await inner.loginKeys(of: name)
    }

    // MARK: - Failures to log in

    func logInFailures(of sources: [LogInSource]) async throws(StoreError) -> [LogInFailures?] {
        try check(.logInFailures)
        return try await inner.logInFailures(of: sources)
    }

    func recordLogInFailure(
        of sources: [LogInSource], at now: Int64, forgetting start: Int64, notAfter end: Int64
    ) async throws(StoreError) -> [Int] {
        try check(.recordLogInFailure)
        return try await inner.recordLogInFailure(of: sources, at: now, forgetting: start, notAfter: end)
    }

    func clearLogInFailures(of account: String, from network: String?) async throws(StoreError) -> Bool {
        try check(.clearLogInFailures)
        await Self.beforeClearing?()
        return try await inner.clearLogInFailures(of: account, from: network)
    }

    func unlockLogIns(of account: String, at now: Int64) async throws(StoreError) -> Bool {
        try check(.unlockLogIns)
        return try await inner.unlockLogIns(of: account, at: now)
    }

    func clearLogInFailures(ofNetworks networks: [String]) async throws(StoreError) -> Bool {
        try check(.clearNetworks)
        return try await inner.clearLogInFailures(ofNetworks: networks)
    }

    func trimLogInFailures(to count: Int) async throws(StoreError) {
        try check(.trimLogInFailures)
        try await inner.trimLogInFailures(to: count)
    }

    // MARK: - Root key

    func rootKeyID() async throws(StoreError) -> String? {
        try check(.rootKeyID)
        return try await inner.rootKeyID()
    }

    func setRootKeyID(_ id: String, replacing old: String?) async throws(StoreError) -> Bool {
        try check(.setRootKeyID)
        return try await inner.setRootKeyID(id, replacing: old)
    }

    func keys(notUnder rootID: String, limit: Int) async throws(StoreError) -> [AccountKey] {
        try check(.keys)
        return try await inner.keys(notUnder: rootID, limit: limit)
    }

    func rewrap(_ keys: [(key: AccountKey, wrapped: [UInt8])], under rootID: String) async throws(StoreError) -> Int {
        try check(.rewrap)
        return try await inner.rewrap(keys, under: rootID)
    }

    func keyCounts() async throws(StoreError) -> [String: Int] {
        try check(.keyCounts)
        return try await inner.keyCounts()
    }
}
