import Signing

/// The log of commands and their issuers. Its lines are chained by hash and signed at intervals, see ``AuditFormat``. A
/// thread of its own writes it, and a caller that appends never waits for the file.
///
/// A line is on disk when a checkpoint follows it, and at the latest ``AuditSettings/syncInterval`` after it was
/// written. A crash of the process alone loses no written line.
package final class AuditLog: Sendable {
    private let queue: AuditQueue
    private let settings: AuditSettings

    /// Opens or creates the file (mode 0600), locks it, and continues the log at its end. If the file is empty, the log
    /// continues after the head beside it.
    ///
    /// - Parameters:
    ///   - server: the name of the server whose log it must be.
    ///   - report: called with each event for the operator, on any thread. It must not wait.
    package init(
        path: String, server: String, key: SigningKey, settings: AuditSettings = AuditSettings(),
        report: @escaping @Sendable (AuditEvent) -> Void
    ) throws(AuditError) {
        let file = try AuditFile(path: path)
        let tail = try AuditTail(of: file, server: server, key: key.publicKey)
        self.settings = settings
        queue = AuditQueue(settings, report: report)
        if tail.lacksHead { report(.headMissing) }
        AuditWriter(file, tail: tail, key: key, settings: settings, queue: queue, report: report).start()
    }

    deinit { queue.end(.lastTry) }

    /// Takes a record to be written. If the queue is full or the log is closed, the record is counted as lost.
    ///
    /// - Parameter now: a reading of the monotonic clock, if the caller has one.
    package func append(_ record: AuditRecord, at now: UInt64? = nil) {
        queue.append(record, at: now ?? settings.clock.uptime())
    }

    /// Returns whether the record of a client without an account should be appended. If not, the record is counted, and
    /// a sum in the log will include it.
    ///
    /// - Parameters:
    ///   - from: the client's network.
    ///   - time: the time at which the command was given, in milliseconds since 1970.
    ///   - mayWrite: whether records of such clients may be written at all now.
    package func admitsStranger(
        server: String, from: String, verb: String, code: Int, time: Int64, mayWrite: Bool
    ) -> Bool {
        let record = OmittedRecords(server: server, from: from, verb: verb, code: code)
        return queue.admitsStranger(record, time: time, mayWrite: mayWrite)
    }

    /// Returns whether a command that changes nothing may run although ``admits`` is false. This is so while the disk
    /// is full and the queue, which is in memory, has room. One account may use a sixteenth of the queue.
    ///
    /// - Parameter who: the account that gives the command; nil for a client without one, whose record is not kept
    ///   then.
    package func admitsReading(by who: String?) -> Bool { queue.admitsReading(by: who) }

    /// Returns ``admits`` for a reading of the monotonic clock.
    package func admits(at now: UInt64) -> Bool { queue.admits(at: now) }

    /// Whether commands may run. Under ``AuditPolicy/refuse``, this needs a log that is open, that can be written, and
    /// whose queue has room.
    package var admits: Bool { queue.admits(at: settings.clock.uptime()) }

    /// Whether the queue is full and nothing else is wrong. Then it makes sense to wait for room.
    package var isMerelyFull: Bool { queue.isMerelyFull }

    /// Calls `go` once, when there is room or the deadline has passed. The caller must then check whether commands may
    /// run.
    package func whenThereIsRoom(_ go: @escaping @Sendable () -> Void) { queue.whenThereIsRoom(go) }

    package var health: AuditHealth { queue.health }

    /// Continues the log in the file that the path names now, after the old one was moved away.
    package func reopen() { queue.reopen() }

    /// Checks the file now, and tries again if it failed, without waiting for the next interval.
    func checkFile() { queue.checkFile() }

    /// Writes all records and a last checkpoint, and closes the log. It takes at most ``AuditSettings/deadline``,
    /// whatever the file does.
    package func close() async {
        await withCheckedContinuation { continuation in
            queue.end(.drain) { continuation.resume() }
            queue.abandon(after: settings.deadline)
        }
    }
}
