import Daemon
import Logging
import Store

/// Tells whether a server can work with its database. It checks that the database answers, accepts writes, has the
/// same time, and names a root key that the server has.
///
/// Callers that ask at the same time share one examination. Each gets its answer within the limit.
struct DatabaseHealth: Sendable {
    /// The difference of the clocks beyond which the log gets a warning.
    private static let noticed = Duration.seconds(5)

    private let examination: DatabaseExamination
    private let check: SharedCheck<String?>

    /// Creates the check of a database.
    ///
    /// - Parameter rootKeyIDs: Returns the ids of the root keys that are in the key file now; nil for a server
    ///   without a root key.
    init(_ store: Store, rootKeyIDs: DatabaseExamination.RootKeyIDs?, limit: Duration = .milliseconds(1500)) {
        let examination = DatabaseExamination(store, rootKeyIDs: rootKeyIDs)
        self.examination = examination
        check = SharedCheck(limit: limit) { await examination.fault() }
    }

    /// A short description of the fault; nil if the database is well.
    var fault: String? {
        get async {
            if let found = await check.value { return found }
            return examination.isWriting
                ? "no write finished within \(check.limit)" : "no answer within \(check.limit)"
        }
    }

    /// Logs a warning if the clocks differ noticeably. The server may still be well with such a difference.
    func warn(_ logger: Logger) async {
        guard let difference = await examination.clockDifference, !difference.isWithin(Self.noticed) else { return }
        logger.warning(
            "this machine's clock differs from the database's",
            metadata: ["reason": "\(DatabaseExamination.words(difference))"])
    }
}

extension Duration {
    func isWithin(_ limit: Duration) -> Bool { .zero - limit <= self && self <= limit }
}
