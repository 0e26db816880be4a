/// The reason why the writer pauses, which decides when it wakes up.
enum AuditWriterPause: Sendable {
    /// Nothing is to be written. It wakes up with the next record, and when the file is to be checked.
    case idle
    /// It collects records for one write. To wake a thread for each record would slow down its caller.
    case gathering
    /// The file failed. It wakes up for the next attempt.
    case failing

    /// Returns the number of waiting entries that wakes the writer.
    func wakingCount(queueBound: Int) -> Int {
        switch self {
        case .idle: 1
        case .gathering: max(1, queueBound / 2)
        case .failing: .max
        }
    }
}
