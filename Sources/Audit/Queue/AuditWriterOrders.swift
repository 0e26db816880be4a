/// What the queue tells its writer.
extension AuditQueue {
    enum Ending: Int, Comparable, Sendable {
        case none
        /// All is to be written, however often it takes.
        case drain
        /// All is to be written, if it can be at once.
        case lastTry
        /// Nothing more is to be written.
        case abandon

        static func < (left: Ending, right: Ending) -> Bool { left.rawValue < right.rawValue }
    }

    /// How the writer waits.
    enum Rest: Sendable {
        /// For the next record, and no longer than until the file is to be looked at.
        case idle
        /// For more records to write with one call: to wake a thread for each would cost whoever appends it.
        case gathering
        /// For the next try.
        case failing
    }
}
