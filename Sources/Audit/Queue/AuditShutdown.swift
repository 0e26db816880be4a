/// The way in which the writer ends.
enum AuditShutdown: Int, Comparable, Sendable {
    case none
    /// The writer writes everything, with as many attempts as it takes.
    case drain
    /// The writer writes everything in one attempt, and gives up if that fails.
    case lastTry
    /// The writer writes nothing more.
    case abandon

    static func < (left: AuditShutdown, right: AuditShutdown) -> Bool { left.rawValue < right.rawValue }
}
