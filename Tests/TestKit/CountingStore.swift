import Store
import Synchronization

/// A store that writes down what is read of accounts and keys, and lets a test come between.
package final class CountingStore: PassingStore, @unchecked Sendable {
    package typealias Step = @Sendable () async -> Void

    private struct State {
        var reads: [String] = []
        var beforeRead: Step?
        var afterRead: Step?
    }

    private let tellsMark: Bool
    private let state = Mutex(State())

    /// `tellsMark`: whether it can tell that it was changed.
    package init(_ inner: any Store, tellsMark: Bool = true) {
        self.tellsMark = tellsMark
        super.init(inner)
    }

    package override var mark: StoreMark? { tellsMark ? inner.mark : nil }

    package override func askMark() async throws(StoreError) -> StoreMark? {
        tellsMark ? try await inner.askMark() : nil
    }

    /// What was read since this was last asked, a line each: `account alice`, `current alice,bob signing`,
    /// `key alice signing 1`, `whose key`.
    package func takeReads() -> [String] {
        state.withLock { state in
            defer { state.reads = [] }
            return state.reads
        }
    }

    /// Done once, when the next read has been asked for and has not begun.
    package func beforeNextRead(_ step: @escaping Step) { state.withLock { $0.beforeRead = step } }

    /// Done once, when the next read is over and has not returned.
    package func afterNextRead(_ step: @escaping Step) { state.withLock { $0.afterRead = step } }

    private func read<Value>(_ line: String, _ body: () async throws(StoreError) -> Value) async throws(StoreError)
        -> Value
    {
        let (before, after) = state.withLock { state in
            defer { (state.beforeRead, state.afterRead) = (nil, nil) }
            state.reads.append(line)
            return (state.beforeRead, state.afterRead)
        }
        await before?()
        let value = try await body()
        await after?()
        return value
    }

    package override func account(named name: String) async throws(StoreError) -> Account? {
        try await read("account \(name)") { () async throws(StoreError) in try await inner.account(named: name) }
    }

    package override func currentKeys(
        of names: [String], purpose: KeyPurpose
    ) async throws(StoreError) -> [String: AccountKey] {
        try await read("current \(names.joined(separator: ",")) \(purpose)") { () async throws(StoreError) in
            try await inner.currentKeys(of: names, purpose: purpose)
        }
    }

    package override func isAccountKey(_ publicKey: [UInt8]) async throws(StoreError) -> Bool {
        try await read("whose key") { () async throws(StoreError) in try await inner.isAccountKey(publicKey) }
    }

    package override func key(
        of name: String, purpose: KeyPurpose, version: UInt32
    ) async throws(StoreError) -> AccountKey? {
        try await read("key \(name) \(purpose) \(version)") { () async throws(StoreError) in
            try await inner.key(of: name, purpose: purpose, version: version)
        }
    }
}
