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
