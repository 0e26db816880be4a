/// The part of a ``Store`` that each engine does in its own way: connections, transactions, their order and repetition,
/// marks, and errors.
///
/// A driver knows no statement of the store's methods. The methods give it their work, which runs on a connection. The
/// name of the method that asks comes with the work; nothing but tests looks at it.
package protocol StoreDriver: Sendable {
    /// Runs statements that change nothing. They see every write that was acknowledged before, and need not agree with
    /// each other. The work may run several times.
    func read<Value: Sendable>(
        _ method: StaticString, _ work: @escaping @Sendable (any StoreConnection) throws -> Value
    ) async throws(StoreError) -> Value

    /// Runs statements as one transaction, and returns once that is on disk. What the work throws undoes it. The work may
    /// run several times; it is committed once.
    /// - Throws: The error of the work; `.noRoom` and `.logTooLong` for a stranger, before the work runs.
    func write<Value: Sendable>(
        _ method: StaticString, for writer: StoreWriter,
        _ work: @escaping @Sendable (any StoreConnection) throws -> Value
    ) async throws(StoreError) -> Value

    /// The mark, if it is known without asking the database.
    var mark: StoreMark? { get }

    /// Asks the database for its mark, and returns nil if the engine cannot tell whether it was changed.
    func askMark() async throws(StoreError) -> StoreMark?

    /// Removes what was deleted from all files of the database, and returns how far that went.
    func eraseDeleted() async -> Forgetting

    /// Does what ``Store/examine()`` says.
    func examine() async throws(StoreError) -> StoreExamination

    /// Does what ``Store/examineWrites()`` says.
    func examineWrites() async throws(StoreError)

    /// The number of requests that wait for an answer.
    var waitingWrites: Int { get }

    /// The size of the write-ahead log in bytes, if readers can keep it from being emptied.
    var logSize: Int64? { get }

    /// Whether that log is too long for new accounts.
    var isLogTooLong: Bool { get }

    /// Finishes what has begun, and refuses everything later as `.closed`.
    func close() async throws(StoreError)
}

extension StoreDriver {
    package var logSize: Int64? { nil }

    package var isLogTooLong: Bool { false }
}

/// The person for whom something is written.
package enum StoreWriter: Sendable {
    /// A user or the operator. Some room on the disk is kept for them.
    case user
    /// Somebody who has no account yet. Nothing is added for strangers when the room is low.
    case stranger
}
