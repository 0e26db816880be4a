import Daemon
import Logging
import Store

/// Whether a server can work with its database: whether it answers, takes writes, has the same time, and is one whose
/// keys the root key opens.
///
/// Everybody who asks at the same time shares one examination, and is answered within the limit.
struct DatabaseHealth: Sendable {
    /// Beyond it something is said in the log.
    private static let noticed = Duration.seconds(5)

    private let examination: DatabaseExamination
    private let check: SharedCheck<String?>

    /// `rootKeyIDs`: the ids of the root keys, as the key file has them at each call; nil for a server that has no root
    /// key.
    init(_ store: Store, rootKeyIDs: DatabaseExamination.RootKeyIDs?, limit: Duration = .seconds(3)) {
        let examination = DatabaseExamination(store, rootKeyIDs: rootKeyIDs)
        self.examination = examination
        check = SharedCheck(limit: limit) { await examination.fault() }
    }

    /// What is wrong, in a few words; nil where nothing is.
    var fault: String? {
        get async {
            if let found = await check.value { return found }
            return examination.isWriting
                ? "no write is made within \(check.limit)" : "no answer within \(check.limit)"
        }
    }

    /// Tells the log of clocks that are apart, though they may be so little that the server is well.
    func warn(_ logger: Logger) async {
        guard let difference = await examination.clockDifference, !difference.isWithin(Self.noticed) else { return }
        logger.warning("the clocks are apart", metadata: ["reason": "\(DatabaseExamination.words(difference))"])
    }
}

extension Duration {
    func isWithin(_ limit: Duration) -> Bool { .zero - limit <= self && self <= limit }
}
