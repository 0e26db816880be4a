import NIOCore

/// Decides when a lost link is made again, and whether the loss is a line of the log. A value without a clock.
struct Reconnection {
    /// The reason why the link was given up, if the other end is to blame.
    var fault: String?
    private var lastFault: String?
    private var backoff = Backoff()

    /// Notes that the other end works.
    mutating func succeeded() { backoff = Backoff() }

    /// Notes that the link was lost, or was not made.
    ///
    /// - Returns: the time until the next attempt, and the reason to log. The reason is nil if the same fault was
    ///   logged before.
    mutating func lost(_ reason: String, wasReady: Bool) -> (delay: TimeAmount, logged: String?) {
        let isNew = wasReady || fault != lastFault || backoff.isFirst
        let logged = isNew ? fault ?? reason : nil
        (lastFault, fault) = (fault, nil)
        return (backoff.next(), logged)
    }
}
