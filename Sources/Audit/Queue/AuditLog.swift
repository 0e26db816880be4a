import Signing

/// The log of who gave which command, in a file whose lines are chained by hash and signed at intervals, see
/// ``AuditFormat``. It is written by a thread of its own; nobody who appends ever waits for the file.
///
/// A line is on disk once a checkpoint follows it, and at the latest ``Settings/syncInterval`` after it was written; a
/// crash of the process alone loses no line that was written.
package final class AuditLog: Sendable {
    private let queue: AuditQueue
    private let settings: Settings

    /// Opens or creates the file (mode 0600), locks it, and goes on where it ends, or, if it is empty, where the head
    /// beside it says.
    ///
    /// - Parameters:
    ///   - server: the name of the server whose log it is. A log of another is not gone on in.
    ///   - report: told what an operator should hear of, on the thread that notices; it must not wait.
    package init(
        path: String, server: String, key: SigningKey, settings: Settings = .init(),
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

    /// Takes a record to be written. It is counted as lost when the queue is full or the log was closed.
    ///
    /// - Parameter now: A reading of the monotonic clock; nil if there is none.
    package func append(_ record: AuditRecord, at now: UInt64? = nil) {
        queue.append(record, at: now ?? settings.clock.uptime())
    }

    /// Whether the record of a client without an account is to be appended. If not, it is counted, and a line of the log
    /// will say how many there were like it.
    ///
    /// - Parameters:
    ///   - from: the client's network.
    ///   - time: when the command was given, in milliseconds since 1970.
    ///   - mayWrite: false where nothing is to be written for such clients now.
    package func admitsStranger(
        server: String, from: String, verb: String, code: Int, time: Int64, mayWrite: Bool
    ) -> Bool {
        let record = OmittedRecords(server: server, from: from, verb: verb, code: code)
        return queue.admitsStranger(record, time: time, mayWrite: mayWrite)
    }

    /// Whether a command that changes nothing may be run though ``admits`` is false: the disk is full, and the queue, which
    /// is in memory, has room for what it leaves. One account may use a sixteenth of it.
    ///
    /// - Parameter who: the account that gives it; nil for a client without one, of whom nothing is kept then.
    package func admitsReading(by who: String?) -> Bool { queue.admitsReading(by: who) }

    /// The same at a reading of the monotonic clock.
    package func admits(at now: UInt64) -> Bool { queue.admits(at: now) }

    /// Whether commands may be run: under ``Policy/refuse`` only while records are being written, the queue has room and
    /// the log is not closed.
    package var admits: Bool { queue.admits(at: settings.clock.uptime()) }

    /// Whether there is nothing wrong but that as many records wait as may: it makes sense to wait for room.
    package var isMerelyFull: Bool { queue.isMerelyFull }

    /// Calls `go` once, when there is room or the deadline has passed; whether commands may be run then is to be asked.
    package func whenThereIsRoom(_ go: @escaping @Sendable () -> Void) { queue.whenThereIsRoom(go) }

    package var health: AuditHealth { queue.health }

    /// Goes on in the file that the path names now, after the old one was moved away.
    package func reopen() { queue.reopen() }

    /// Looks at the file now, and tries again if it failed, instead of when it is time.
    func look() { queue.look() }

    /// Writes what waits and a last checkpoint. Returns after ``Settings/deadline`` at the latest, whatever the file does.
    package func close() async {
        await withCheckedContinuation { continuation in
            queue.end(.drain) { continuation.resume() }
            queue.abandon(after: settings.deadline)
        }
    }
}
