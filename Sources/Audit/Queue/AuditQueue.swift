import Dispatch
import Foundation
import Synchronization

/// What stands between those who append and the one thread that writes: the records that wait, what is asked of the
/// thread, and how it is doing.
///
/// Not Synchronization's Mutex: under contention the kernel hands that one on, where the thread sanitizer cannot see it
/// and reports a race.
final class AuditQueue: @unchecked Sendable {
    private static let gathering = Duration.milliseconds(10)

    struct State {
        var backlog = AuditBacklog()
        var lines = 0
        var checkpoint: AuditPoint?
        /// How the last attempt to write went.
        var sink = AuditHealth.State.ok
        /// The state that was reported last.
        var told = AuditHealth.State.ok

        var asleep = false
        /// How many entries wake the writer.
        var wakingCount = 1
        /// At first, so that the file gets its first lines.
        var called = true
        var mustReopen = false
        var strangers: StrangerLines
        /// Whether the sink does not work since its disk is full.
        var lacksRoom = false
        /// The records of each account that were added since.
        var held: [String: Int] = [:]
        var ending = Ending.none
        var hasEnded = false
        var whenEnded: [@Sendable () -> Void] = []
    }

    let settings: AuditLog.Settings
    private let deadline: UInt64
    private let report: @Sendable (AuditEvent) -> Void
    let lock = NSLock()
    var state: State
    private let bell = DispatchSemaphore(value: 0)
    private let waiters = AuditWaiters()
    /// Whether the sink does not work, the queue is full or the log is being closed.
    private let blocked = Atomic(false)
    /// When the oldest record that waits was appended; 0 if none waits.
    private let oldest = Atomic<UInt64>(0)

    init(_ settings: AuditLog.Settings, report: @escaping @Sendable (AuditEvent) -> Void) {
        (self.settings, self.report) = (settings, report)
        deadline = settings.deadline.nanoseconds
        state = State(strangers: StrangerLines(settings.strangers, at: settings.clock.uptime()))
    }

    // MARK: For those who append

    func admits(at now: UInt64) -> Bool {
        guard settings.policy == .refuse else { return true }
        if blocked.load(ordering: .acquiring) { return false }
        guard isLate(at: now) else { return true }
        tellChange()
        return false
    }

    /// Whether it is only that as many records wait as may, which the writer is about to change.
    var isMerelyFull: Bool {
        lock.withLock { current == .full && state.ending == .none }
    }

    /// Calls `go` once there is room, or nothing is to be hoped for any more.
    func whenThereIsRoom(_ go: @escaping @Sendable () -> Void) {
        waiters.add(atMost: settings.deadline, then: go)
        if !isMerelyFull { waiters.release() }
    }

    private func isLate(at now: UInt64) -> Bool {
        let since = oldest.load(ordering: .acquiring)
        return since != 0 && now > since && now - since > deadline
    }

    func append(_ record: AuditRecord, at now: UInt64) {
        let since = max(1, now)
        let wake = lock.withLock {
            add(record, since: since, to: &state)
            return Self.takeWake(&state, at: state.backlog.count)
        }
        if wake { bell.signal() }
        if blocked.load(ordering: .acquiring) || isLate(at: since) { tellChange() }
    }

    private func add(_ record: AuditRecord, since: UInt64, to state: inout State) {
        guard state.backlog.queued < settings.queueBound, state.ending == .none else {
            return state.backlog.lose(since: since)
        }
        state.backlog.add(record, since: since)
        if state.lacksRoom, let who = record.subject.who { state.held[who, default: 0] += 1 }
        publish(&state)
    }

    var health: AuditHealth {
        lock.withLock {
            AuditHealth(
                state: current, queued: state.backlog.queued, lost: state.backlog.lost,
                omitted: state.strangers.omitted, lines: state.lines, checkpoint: state.checkpoint)
        }
    }

    private var current: AuditHealth.State {
        if state.sink != .ok { return state.sink }
        if isLate(at: settings.clock.uptime()) { return .hanging }
        return state.backlog.queued >= settings.queueBound ? .full : .ok
    }

    /// What the atomics say follows from the state; the lock is held.
    private func publish(_ state: inout State) {
        let isFull = state.backlog.queued >= settings.queueBound
        blocked.store(state.sink != .ok || isFull || state.ending != .none, ordering: .releasing)
        oldest.store(state.backlog.oldest, ordering: .releasing)
    }

    /// Reports the state if it is another than last time, on the caller's thread.
    private func tellChange() {
        let change: AuditHealth.State? = lock.withLock {
            let now = current
            defer { state.told = now }
            return now == state.told ? nil : now
        }
        if let change { report(.changed(change)) }
    }

    // MARK: What is asked of the writer

    /// Lets the writer look at the file, and try again if it fails, without waiting for its time.
    func look() { call { _ in } }

    func reopen() { call { $0.mustReopen = true } }

    /// - Parameter done: called once, when the writer has ended or is given up.
    func end(_ ending: Ending, then done: (@Sendable () -> Void)? = nil) {
        let isOver = lock.withLock {
            if !state.hasEnded, let done { state.whenEnded.append(done) }
            return state.hasEnded
        }
        if isOver { done?() }
        call { $0.ending = max($0.ending, ending) }
        if ending == .abandon { hasEnded() }
    }

    /// Gives the writer up if it has not ended by then.
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
        if ending != .none { waiters.release() }
    }

    private static func takeWake(_ state: inout State, at count: Int) -> Bool {
        guard state.asleep, count >= state.wakingCount else { return false }
        state.asleep = false
        return true
    }

    // MARK: For the writer

    var ending: Ending { lock.withLock { state.ending } }

    /// Waits until something is asked of the writer or `rest` is over. Returns whether the file is to be reopened.
    func wait(_ rest: Rest) -> Bool {
        let mustSleep = lock.withLock {
            state.wakingCount = wakingCount(rest)
            state.asleep = !state.called && state.backlog.count < state.wakingCount
            return state.asleep
        }
        let longest = rest == .gathering ? min(settings.retry, Self.gathering) : settings.retry
        if mustSleep { _ = bell.wait(timeout: .now() + .nanoseconds(Int(longest.nanoseconds))) }
        return lock.withLock {
            (state.asleep, state.called) = (false, false)
            defer { state.mustReopen = false }
            return state.mustReopen
        }
    }

    private func wakingCount(_ rest: Rest) -> Int {
        switch rest {
        case .idle: 1
        case .gathering: max(1, settings.queueBound / 2)
        case .failing: .max
        }
    }

    /// All that waits goes into `hand`, which is empty, to be held there until ``wrote(records:lines:checkpoint:next:)``.
    func takeAll(into hand: inout AuditBatch) {
        lock.withLock { state.backlog.takeAll(into: &hand) }
    }

    /// - Parameter next: when the oldest of what is still in hand was appended.
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

    func attempted(_ outcome: AuditHealth.State, lacksRoom: Bool = false) {
        lock.withLock {
            state.sink = outcome
            state.lacksRoom = lacksRoom
            if !lacksRoom { state.held = [:] }
            publish(&state)
        }
        if outcome != .ok { waiters.release() }
        tellChange()
    }

    /// The writer has ended, or nobody waits for it any longer.
    func hasEnded() {
        let (isFirst, left, done) = lock.withLock {
            defer { (state.hasEnded, state.whenEnded) = (true, []) }
            return (!state.hasEnded, state.backlog.queued, state.whenEnded)
        }
        if isFirst, left > 0 { report(.abandoned(records: left)) }
        for done in done { done() }
    }
}
