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

    /// What was read since this was last asked, a line each: `accounts alice`, `keys alice,bob`,
    /// `accounts alice, keys bob`, `whose key`.
    package func takeReads() -> [String] {
        state.withLock { state in
            defer { state.reads = [] }
            return state.reads
        }
    }

    /// Whether nothing was read since `takeReads` was called.
    package var isIdle: Bool { state.withLock { $0.reads.isEmpty } }

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

    package override func find(accounts: [String], keysOf: [String]) async throws(StoreError) -> FoundAccounts {
        let parts = [("accounts", accounts), ("keys", keysOf)].filter { !$0.1.isEmpty }
        let line = parts.map { "\($0.0) \($0.1.joined(separator: ","))" }.joined(separator: ", ")
        return try await read(line) { () async throws(StoreError) in
            try await inner.find(accounts: accounts, keysOf: keysOf)
        }
    }

    package override func isAccountKey(_ publicKey: [UInt8]) async throws(StoreError) -> Bool {
        try await read("whose key") { () async throws(StoreError) in try await inner.isAccountKey(publicKey) }
    }
}
