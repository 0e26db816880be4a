import Store
import Synchronization

/// A store that does what the one inside does, but for what a test makes of it.
package class PassingStore: Store, @unchecked Sendable {
    let inner: any Store

    package init(_ inner: any Store) {
        self.inner = inner
    }

    package var mark: StoreMark? { inner.mark }

    package func askMark() async throws(StoreError) -> StoreMark? { try await inner.askMark() }

    package func add(_ account: NewAccount) async throws(StoreError) { try await inner.add(account) }

    package func checkSignUps(_ bounds: [SignUpBound], at now: Int64) async throws(StoreError) {
        try await inner.checkSignUps(bounds, at: now)
    }

    package func addInvitation(_ digest: [UInt8], created: Int64, expires: Int64) async throws(StoreError) {
        try await inner.addInvitation(digest, created: created, expires: expires)
    }

    package func hasInvitation(_ digest: [UInt8], at now: Int64) async throws(StoreError) -> Bool {
        try await inner.hasInvitation(digest, at: now)
    }

    package func find(accounts: [String], keysOf: [String]) async throws(StoreError) -> FoundAccounts {
        try await inner.find(accounts: accounts, keysOf: keysOf)
    }

    package func accounts(after name: String?, limit: Int) async throws(StoreError) -> [Account] {
        try await inner.accounts(after: name, limit: limit)
    }

    package func isAccountKey(_ publicKey: [UInt8]) async throws(StoreError) -> Bool {
        try await inner.isAccountKey(publicKey)
    }

    package func setPassword(_ phc: String, of name: String, ifEpoch epoch: Int64) async throws(StoreError) -> Bool {
        try await inner.setPassword(phc, of: name, ifEpoch: epoch)
    }

    package func rehash(_ phc: String, of name: String, replacing old: String) async throws(StoreError) -> Bool {
        try await inner.rehash(phc, of: name, replacing: old)
    }

    package func raiseEpoch(of name: String, ifEpoch epoch: Int64) async throws(StoreError) -> Bool {
        try await inner.raiseEpoch(of: name, ifEpoch: epoch)
    }

    package func setState(_ state: AccountState, of name: String) async throws(StoreError) -> Bool {
        try await inner.setState(state, of: name)
    }

    package func forget(_ name: String) async throws(StoreError) -> Forgetting {
        try await inner.forget(name)
    }

    // MARK: - Log-in keys

    package func addLoginKey(_ key: LoginKey, to name: String, limit: Int) async throws(StoreError) -> Bool {
        try await inner.addLoginKey(key, to: name, limit: limit)
    }

    package func removeLoginKey(_ publicKey: [UInt8], of name: String) async throws(StoreError) -> Bool {
        try await inner.removeLoginKey(publicKey, of: name)
    }

    package func loginKeys(of name: String) async throws(StoreError) -> [LoginKey] {
        try await inner.loginKeys(of: name)
    }

    // MARK: - Failures to log in

    package func logInFailures(of sources: [LogInSource]) async throws(StoreError) -> [LogInFailures?] {
        try await inner.logInFailures(of: sources)
    }

    package func recordLogInFailure(
        of sources: [LogInSource], at now: Int64, forgetting start: Int64, notAfter end: Int64
    ) async throws(StoreError) -> [Int] {
        try await inner.recordLogInFailure(of: sources, at: now, forgetting: start, notAfter: end)
    }

    package func clearLogInFailures(of account: String, from network: String?) async throws(StoreError) -> Bool {
        try await inner.clearLogInFailures(of: account, from: network)
    }

    package func unlockLogIns(of account: String, at now: Int64) async throws(StoreError) -> Bool {
        try await inner.unlockLogIns(of: account, at: now)
    }

    package func clearLogInFailures(ofNetworks networks: [String]) async throws(StoreError) -> Bool {
        try await inner.clearLogInFailures(ofNetworks: networks)
    }

    package func trimLogInFailures(to count: Int) async throws(StoreError) {
        try await inner.trimLogInFailures(to: count)
    }

    // MARK: - Root key

    package func rootKeyID() async throws(StoreError) -> String? {
        try await inner.rootKeyID()
    }

    package func setRootKeyID(_ id: String, replacing old: String?) async throws(StoreError) -> Bool {
        try await inner.setRootKeyID(id, replacing: old)
    }

    package func keys(notUnder rootID: String, limit: Int) async throws(StoreError) -> [AccountKey] {
        try await inner.keys(notUnder: rootID, limit: limit)
    }

    package func rewrap(
        _ keys: [(key: AccountKey, wrapped: [UInt8])], under rootID: String
    ) async throws(StoreError) -> Int {
        try await inner.rewrap(keys, under: rootID)
    }

    package func keyCounts() async throws(StoreError) -> [String: Int] {
        try await inner.keyCounts()
    }
}

/// A store in which another change always comes first.
final class LateStore: PassingStore, @unchecked Sendable {
    override func setPassword(_ phc: String, of name: String, ifEpoch epoch: Int64) async throws(StoreError) -> Bool {
        false
    }

    override func raiseEpoch(of name: String, ifEpoch epoch: Int64) async throws(StoreError) -> Bool { false }
}

/// A store that answers examinations as a test says.
package final class ExaminedStore: PassingStore, OpenStore, @unchecked Sendable {
    private let state = Mutex(State())

    private struct State {
        var examination: Result<StoreExamination, StoreError> = .success(StoreExamination(rootKeyID: nil))
        var waits: @Sendable () async -> Void = {}
        var write: @Sendable () async throws(StoreError) -> Void = { () throws(StoreError) in }
        var writeCount = 0
    }

    package var examination: Result<StoreExamination, StoreError> {
        get { state.withLock { $0.examination } }
        set { state.withLock { $0.examination = newValue } }
    }

    package var waitsBeforeExamination: @Sendable () async -> Void {
        get { state.withLock { $0.waits } }
        set { state.withLock { $0.waits = newValue } }
    }

    package var write: @Sendable () async throws(StoreError) -> Void {
        get { state.withLock { $0.write } }
        set { state.withLock { $0.write = newValue } }
    }

    /// How many writes were tried.
    package var writeCount: Int { state.withLock { $0.writeCount } }

    package var waitingWrites: Int { 0 }

    package func examine() async throws(StoreError) -> StoreExamination {
        await waitsBeforeExamination()
        return try examination.get()
    }

    package func examineWrites() async throws(StoreError) {
        state.withLock { $0.writeCount += 1 }
        try await write()
    }

    package func close() async throws(StoreError) {}
}
