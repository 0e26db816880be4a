import Dispatch
import Foundation

/// The queue between the threads that append records and the one thread that writes them. It holds the records that
/// wait, the tasks of the writer, and the state of the log.
///
/// It has an NSLock and not Synchronization's Mutex. Under contention the kernel hands a Mutex on, which the thread
/// sanitizer cannot see and reports as a race.
final class AuditQueue: @unchecked Sendable {
    private static let gathering = Duration.milliseconds(10)

    private struct State {
        var backlog = AuditBacklog()
        var lines = 0
        var checkpoint: AuditPoint?
        /// The outcome of the last attempt to write.
        var writing = AuditHealth.State.ok
        /// The state that was reported last.
        var reported = AuditHealth.State.ok

        var asleep = false
        /// The number of entries that wakes the writer.
        var wakingCount = 1
        /// Whether the writer has a task. It has one at the beginning: to write the file's first lines.
        var called = true
        var mustReopen = false
        var unauthenticated: UnauthenticatedRateLimiter
        var quota = FullDiskQuota()
        var shutdown = AuditShutdown.none
        var hasEnded = false
        var whenEnded: [@Sendable () -> Void] = []
    }

    private let settings: AuditSettings
    private let report: @Sendable (AuditEvent) -> Void
    private let lock = NSLock()
    private var state: State
    private let bell = DispatchSemaphore(value: 0)
    private let waiters = AuditWaiters()
    private let admission: AuditAdmission

    init(_ settings: AuditSettings, report: @escaping @Sendable (AuditEvent) -> Void) {
        (self.settings, self.report) = (settings, report)
        admission = AuditAdmission(deadline: settings.deadline.nanoseconds)
        state = State(
            unauthenticated: UnauthenticatedRateLimiter(settings.unauthenticated, at: settings.clock.uptime()))
    }

    // MARK: For commands

    func admits(at now: UInt64) -> Bool {
        guard settings.policy == .refuse else { return true }
        if admission.isBlocked { return false }
        guard admission.isLate(at: now) else { return true }
        reportChange()
        return false
    }

    func admitsReading(by who: String?) -> Bool {
        lock.withLock {
            guard state.quota.isActive, state.shutdown == .none, state.backlog.queued < settings.queueBound else {
                return false
            }
            return state.quota.admits(who, queueBound: settings.queueBound)
        }
    }

    /// While the disk is full, the queue is for clients with an account.
    func admitsStranger(_ record: OmittedRecords, time: Int64, mayWrite: Bool) -> Bool {
        let now = settings.clock.uptime()
        return lock.withLock {
            state.unauthenticated.admits(record, mayWrite: mayWrite && !state.quota.isActive, at: now, time: time)
        }
    }

    /// Whether the queue is full and nothing else is wrong. The writer is about to make room then.
    var isMerelyFull: Bool {
        lock.withLock { current == .full && state.shutdown == .none }
    }

    /// Calls `body` once, when there is room or when waiting is of no use any more.
    func whenThereIsRoom(_ body: @escaping @Sendable () -> Void) {
        waiters.add(atMost: settings.deadline, then: body)
        if !isMerelyFull { waiters.release() }
    }

    func append(_ record: AuditRecord, at now: UInt64) {
        let since = max(1, now)
        let wake = lock.withLock {
            add(record, since: since, to: &state)
            return Self.takeWake(&state, at: state.backlog.count)
        }
        if wake { bell.signal() }
        if admission.isBlocked || admission.isLate(at: since) { reportChange() }
    }

    private func add(_ record: AuditRecord, since: UInt64, to state: inout State) {
        guard state.backlog.queued < settings.queueBound, state.shutdown == .none else {
            return state.backlog.lose(since: since)
        }
        state.backlog.add(record, since: since)
        state.quota.note(record.actor.who)
        publish(&state)
    }

    // MARK: State

    var health: AuditHealth {
        lock.withLock {
            AuditHealth(
                state: current, queued: state.backlog.queued, lost: state.backlog.lost,
                omitted: state.unauthenticated.omitted, lines: state.lines, checkpoint: state.checkpoint)
        }
    }

    private var current: AuditHealth.State {
        if state.writing != .ok { return state.writing }
        if admission.isLate(at: settings.clock.uptime()) { return .hanging }
        return state.backlog.queued >= settings.queueBound ? .full : .ok
    }

    /// Publishes the state for commands. The lock is held.
    private func publish(_ state: inout State) {
        let isFull = state.backlog.queued >= settings.queueBound
        admission.publish(
            isBlocked: state.writing != .ok || isFull || state.shutdown != .none, oldest: state.backlog.oldest)
    }

    /// Reports the state on the caller's thread, if it has changed since the last report.
    private func reportChange() {
        let change: AuditHealth.State? = lock.withLock {
            let now = current
            defer { state.reported = now }
            return now == state.reported ? nil : now
        }
        if let change { report(.changed(change)) }
    }

    // MARK: Tasks of the writer

    /// Lets the writer check the file now, and try again if it fails.
    func checkFile() { call { _ in } }

    func reopen() { call { $0.mustReopen = true } }

    /// - Parameter done: called once, when the writer has ended or is abandoned.
    func end(_ shutdown: AuditShutdown, then done: (@Sendable () -> Void)? = nil) {
        let isOver = lock.withLock {
            if !state.hasEnded, let done { state.whenEnded.append(done) }
            return state.hasEnded
        }
        if isOver { done?() }
        call { $0.shutdown = max($0.shutdown, shutdown) }
        if shutdown == .abandon { hasEnded() }
    }

    /// Abandons the writer if it has not ended after `time`.
    func abandon(after time: Duration) {
        DispatchQueue.global().asyncAfter(deadline: .now() + .nanoseconds(Int(time.nanoseconds))) { [weak self] in
            self?.end(.abandon)
        }
    }

    private func call(_ change: (inout State) -> Void) {
        let wake = lock.withLock {
            change(&state)
            publish(&state)
            state.called = true
            return Self.takeWake(&state, at: .max)
        }
        if wake { bell.signal() }
        if shutdown != .none { waiters.release() }
    }

    private static func takeWake(_ state: inout State, at count: Int) -> Bool {
        guard state.asleep, count >= state.wakingCount else { return false }
        state.asleep = false
        return true
    }

    // MARK: For the writer

    var shutdown: AuditShutdown { lock.withLock { state.shutdown } }

    /// Waits until the writer has a task or the pause is over. Returns whether the file is to be reopened.
    func wait(_ pause: AuditWriterPause) -> Bool {
        let mustSleep = lock.withLock {
            state.wakingCount = pause.wakingCount(queueBound: settings.queueBound)
            state.asleep = !state.called && state.backlog.count < state.wakingCount
            return state.asleep
        }
        let longest = pause == .gathering ? min(settings.retry, Self.gathering) : settings.retry
        if mustSleep { _ = bell.wait(timeout: .now() + .nanoseconds(Int(longest.nanoseconds))) }
        return lock.withLock {
            (state.asleep, state.called) = (false, false)
            defer { state.mustReopen = false }
            return state.mustReopen
        }
    }

    /// Moves all waiting records into `hand`, which is empty. They count as queued until `wrote` is called.
    func takeAll(into hand: inout AuditBatch) {
        lock.withLock { state.backlog.takeAll(into: &hand) }
    }

    /// - Parameter next: the time at which the oldest record still in hand was appended.
    func wrote(records: Int, lines: Int, checkpoint: AuditPoint?, next: UInt64?) {
        let hasRoom = lock.withLock {
            state.backlog.wrote(records: records, next: next)
            state.lines += lines
            state.checkpoint = checkpoint ?? state.checkpoint
            publish(&state)
            return state.backlog.queued <= settings.queueBound / 2
        }
        if hasRoom { waiters.release() }
    }

    /// Notes the outcome of an attempt to write. `lacksRoom`: whether it failed because the disk is full.
    func attempted(_ outcome: AuditHealth.State, lacksRoom: Bool = false) {
        lock.withLock {
            state.writing = outcome
            state.quota.setActive(lacksRoom)
            publish(&state)
        }
        if outcome != .ok { waiters.release() }
        reportChange()
    }

    /// Takes the sums of the records that got no line; see ``UnauthenticatedRateLimiter/takeSums()``.
    func takeSums() -> (sums: [(OmittedRecords, count: Int)], since: Int64)? {
        lock.withLock { state.unauthenticated.takeSums() }
    }

    /// Notes that the writer has ended or is abandoned.
    func hasEnded() {
        let (isFirst, left, done) = lock.withLock {
            defer { (state.hasEnded, state.whenEnded) = (true, []) }
            return (!state.hasEnded, state.backlog.queued, state.whenEnded)
        }
        if isFirst, left > 0 { report(.abandoned(records: left)) }
        for done in done { done() }
    }
}
