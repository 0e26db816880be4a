import Input
import Store

extension StartError {
    /// Creates the error for a database that cannot be opened, made or used.
    init(_ error: OpenError) { self.init("\(error)", ExitStatus(error.cause)) }
}

extension ExitStatus {
    /// Returns the status for the cause of an error of a database.
    init(_ cause: StoreError) {
        self =
            switch cause {
            case .exists: .creation
            case .missing: .input
            case .corrupt, .schemaTooNew: .data
            case .readOnly: .permission
            case .full, .noRoom, .failed, .closed: .transfer
            case .unreachable, .notInstalled: .unavailable
            case .busy, .logTooLong, .unfinished, .rootChanged, .outcomeUnknown, .tooManySignUps: .temporary
            case .accountKey, .notInvited: .configuration
            }
    }
}

extension DataDirectory {
    /// Runs work on the site's database.
    ///
    /// - Throws: `StartError` that names the database, for each error of the work.
    func reaching<Value: Sendable>(
        _ work: () async throws(StoreError) -> Value
    ) async throws(StartError) -> Value {
        do throws(StoreError) {
            return try await work()
        } catch {
            throw StartError("\(databaseName): \(error)", .init(error))
        }
    }
}
