/// A site's accounts and keys, in a database of any engine.
///
/// A write that has returned is on disk. A read sees every write that returned before it began, on this store and on
/// any other store of the same database, and writes nothing. Every write is one transaction. No call blocks the thread
/// of its caller. Callers make names canonical first: the store takes them as they are. Times are Unix seconds.
///
///     let store = try Store(file: "/var/lib/clavero/clavero.db")
///     if let alice = try await store.account(named: "alice") { print(alice.state) }
///
/// The methods, each with its statements, are in the files of Accounts, and are the same for all engines. The engines
/// differ in their ``StoreDriver`` and in their ``Dialect``.
package final class Store: Sendable {
    package let driver: any StoreDriver

    package init(_ driver: any StoreDriver) {
        self.driver = driver
    }

    /// Runs statements that change nothing, for the method that calls this.
    func read<Value: Sendable>(
        _ method: StaticString = #function, _ work: @escaping @Sendable (any StoreConnection) throws -> Value
    ) async throws(StoreError) -> Value {
        try await driver.read(method, work)
    }

    /// Runs statements as one transaction, for the method that calls this.
    func write<Value: Sendable>(
        _ method: StaticString = #function, for writer: StoreWriter = .user,
        _ work: @escaping @Sendable (any StoreConnection) throws -> Value
    ) async throws(StoreError) -> Value {
        try await driver.write(method, for: writer, work)
    }

    // MARK: - The mark

    /// The mark, which a caller takes before a read: while it is unchanged, the accounts and keys that were read are
    /// current. It costs almost nothing. It is nil if the store would have to ask its database.
    package var mark: StoreMark? { driver.mark }

    /// Returns the mark as it is at some moment of the call, and asks for it if that is necessary. nil if the store
    /// cannot tell whether the database was changed.
    package func askMark() async throws(StoreError) -> StoreMark? { try await driver.askMark() }

    // MARK: - Health

    /// The number of writes that were requested and not answered. It includes reads if the engine has one queue for both.
    package var waitingWrites: Int { driver.waitingWrites }

    /// The size in bytes of the write-ahead log that readers can keep from being emptied; nil if there is none.
    package var logSize: Int64? { driver.logSize }

    /// Whether that log is too long for new accounts.
    package var isLogTooLong: Bool { driver.isLogTooLong }

    /// Returns the state of the database, from which a server says whether it is healthy. It waits for no other read of
    /// this store, and gives up early.
    ///
    /// - Throws: `.readOnly` also if the database no longer takes writes.
    package func examine() async throws(StoreError) -> StoreExamination { try await driver.examine() }

    /// Commits a write without a visible effect, which is on disk when this returns. It gives up early.
    package func examineWrites() async throws(StoreError) { try await driver.examineWrites() }

    /// Ends the store: it finishes what has begun, and refuses everything later as `.closed`.
    package func close() async throws(StoreError) { try await driver.close() }
}

/// The findings of an examination of a database.
package struct StoreExamination: Sendable {
    /// The id of the root key under which keys are wrapped; nil if it was never set.
    package let rootKeyID: String?
    /// The time by which this machine's clock is ahead of the database's; nil if they have one clock.
    package let clockDifference: Duration?

    package init(rootKeyID: String?, clockDifference: Duration? = nil) {
        (self.rootKeyID, self.clockDifference) = (rootKeyID, clockDifference)
    }
}
