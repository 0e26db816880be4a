/// Accounts and their keys, kept.
///
/// A write that has returned is on disk. A read sees every write that returned before it began, on this store and on
/// any other that has the same database open, and writes nothing. Every write is one transaction. No call blocks the
/// thread of its caller. Names are taken as they are: they are made canonical before they come here. Times are Unix
/// seconds.
package protocol Store: AccountStore, LoginKeyStore, LogInFailureStore, RootKeyStore {
    /// Taken before a read, it goes with what was read: as long as the mark is the same, accounts and their keys are.
    /// To take it costs nothing to speak of. nil where the store would have to ask its database.
    var mark: StoreMark? { get }

    /// The mark as it is at some moment of the call, asked for if that is necessary. nil where the store cannot tell
    /// whether it was changed.
    func askMark() async throws(StoreError) -> StoreMark?
}

extension Store {
    package var mark: StoreMark? { nil }

    package func askMark() async throws(StoreError) -> StoreMark? { mark }
}

/// A store that is open until somebody closes it.
package protocol OpenStore: Store {
    /// Writes that have been asked for and not been answered.
    var waitingWrites: Int { get }

    /// The octets of the write-ahead log that readers can keep from being emptied; nil where there is none.
    var logSize: Int64? { get }

    /// Whether that log is so long that nothing is added for strangers.
    var isLogTooLong: Bool { get }

    /// What a server has to know of the database to say whether it is well. It waits for no other read of this store, and
    /// is not tried anew for long.
    /// - Throws: `.readOnly` also where the database has become one that takes no writes.
    func examine() async throws(StoreError) -> StoreExamination

    /// Makes a write that changes nothing anybody reads, and that is on disk when this returns. It is not tried anew for
    /// long.
    func examineWrites() async throws(StoreError)

    /// Ends the store: what has begun is finished, and everything that comes later is `.closed`.
    func close() async throws(StoreError)
}

extension OpenStore {
    package var logSize: Int64? { nil }

    package var isLogTooLong: Bool { false }
}

/// The findings of an examination of a database.
package struct StoreExamination: Sendable {
    /// The id of the root key under which keys are wrapped; nil as long as it was never set.
    package let rootKeyID: String?
    /// How far this machine's clock is ahead of the database's; nil where there is one clock only.
    package let clockDifference: Duration?

    package init(rootKeyID: String?, clockDifference: Duration? = nil) {
        (self.rootKeyID, self.clockDifference) = (rootKeyID, clockDifference)
    }
}
