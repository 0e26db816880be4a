import Dispatch
import Foundation
import Synchronization

/// What stands between those who append and the one thread that writes: the records that wait, what is asked of the
/// thread, and how it is doing.
///
/// Not Synchronization's Mutex: under contention the kernel hands that one on, where the thread sanitizer cannot see it
/// and reports a race.
final class AuditQueue: @unchecked Sendable {
    struct Entry: Sendable {
        var body: AuditBody
        /// The clock's uptime when it was appended.
        let since: UInt64
    }

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

    private struct State {
        var entries: [Entry] = []
        /// Records in `entries` and in the writer's hand.
        var queued = 0
        /// When the oldest of those in the writer's hand was appended.
        var oldestInHand: UInt64?
        var lost = 0
        var lines = 0
        var checkpoint: AuditPoint?
        /// How the last attempt to write went.
        var sink = AuditHealth.State.ok
        /// The state that was reported last.
        var told = AuditHealth.State.ok

        var asleep = false
        var wakesForRecords = false
        /// At first, so that the file gets its first lines.
        var called = true
        var mustReopen = false
        var ending = Ending.none
        var hasEnded = false
        var whenEnded: [@Sendable () -> Void] = []
    }

    private let settings: AuditLog.Settings
    private let deadline: UInt64
    private let report: @Sendable (AuditEvent) -> Void
    private let lock = NSLock()
    private var state = State()
    private let bell = DispatchSemaphore(value: 0)
    /// Whether the sink does not work or the queue is full.
    private let blocked = Atomic(false)
    /// When the oldest record that waits was appended; 0 if none waits.
    private let oldest = Atomic<UInt64>(0)

    init(_ settings: AuditLog.Settings, report: @escaping @Sendable (AuditEvent) -> Void) {
        (self.settings, self.report) = (settings, report)
        deadline = settings.deadline.nanoseconds
    }

    // MARK: For those who append

    var admits: Bool {
        guard settings.policy == .refuse else { return true }
        if blocked.load(ordering: .acquiring) { return false }
        guard isLate else { return true }
        tellChange()
        return false
    }

    private var isLate: Bool {
        let since = oldest.load(ordering: .acquiring)
        guard since != 0 else { return false }
        let now = settings.clock.uptime()
        return now > since && now - since > deadline
    }

    func append(_ record: AuditRecord) {
        let since = max(1, settings.clock.uptime())
        let wake = lock.withLock {
            add(record, since: since)
            return takeWake(forRecord: true)
        }
        if wake { bell.signal() }
        if blocked.load(ordering: .acquiring) || isLate { tellChange() }
    }

    private func add(_ record: AuditRecord, since: UInt64) {
        guard state.queued < settings.queueBound, state.ending == .none else { return lose(since: since) }
        state.entries.append(Entry(body: .record(record), since: since))
        state.queued += 1
        publish()
    }

    /// Counts a record that is not kept in the place where it would stand.
    private func lose(since: UInt64) {
        state.lost += 1
        if case .lost(let count) = state.entries.last?.body {
            state.entries[state.entries.count - 1].body = .lost(count + 1)
        } else {
            state.entries.append(Entry(body: .lost(1), since: since))
        }
    }

    var health: AuditHealth {
        lock.withLock {
            AuditHealth(
                state: current, queued: state.queued, lost: state.lost, lines: state.lines,
                checkpoint: state.checkpoint)
        }
    }

    private var current: AuditHealth.State {
        if state.sink != .ok { return state.sink }
        if isLate { return .hanging }
        return state.queued >= settings.queueBound ? .full : .ok
    }

    /// What the atomics say follows from the state; the lock is held.
    private func publish() {
        blocked.store(state.sink != .ok || state.queued >= settings.queueBound, ordering: .releasing)
        oldest.store(state.oldestInHand ?? state.entries.first?.since ?? 0, ordering: .releasing)
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
            state.called = true
            return takeWake(forRecord: false)
        }
        if wake { bell.signal() }
    }

    private func takeWake(forRecord: Bool) -> Bool {
        guard state.asleep, !forRecord || state.wakesForRecords else { return false }
        state.asleep = false
        return true
    }

    // MARK: For the writer

    var ending: Ending { lock.withLock { state.ending } }

    /// Waits until something is asked or, if `forRecords`, a record is there, but no longer than the time between two
    /// tries. Returns whether the file is to be reopened.
    func wait(forRecords: Bool) -> Bool {
        let mustSleep = lock.withLock {
            state.wakesForRecords = forRecords
            state.asleep = !state.called && !(forRecords && !state.entries.isEmpty)
            return state.asleep
        }
        if mustSleep { _ = bell.wait(timeout: .now() + .nanoseconds(Int(settings.retry.nanoseconds))) }
        return lock.withLock {
            (state.asleep, state.called) = (false, false)
            defer { state.mustReopen = false }
            return state.mustReopen
        }
    }

    /// All that waits, in order, to be held in hand until ``wrote(records:lines:checkpoint:next:)``.
    func takeAll() -> [Entry] {
        lock.withLock {
            defer { state.entries = [] }
            state.oldestInHand = state.entries.first?.since
            return state.entries
        }
    }

    /// - Parameter next: when the oldest of what is still in hand was appended.
    func wrote(records: Int, lines: Int, checkpoint: AuditPoint?, next: UInt64?) {
        lock.withLock {
            state.queued -= records
            state.lines += lines
            state.checkpoint = checkpoint ?? state.checkpoint
            state.oldestInHand = next
            publish()
        }
    }

    func attempted(_ outcome: AuditHealth.State) {
        lock.withLock {
            state.sink = outcome
            publish()
        }
        tellChange()
    }

    /// The writer has ended, or nobody waits for it any longer.
    func hasEnded() {
        let (isFirst, left, done) = lock.withLock {
            defer { (state.hasEnded, state.whenEnded) = (true, []) }
            return (!state.hasEnded, state.queued, state.whenEnded)
        }
        if isFirst, left > 0 { report(.abandoned(records: left)) }
        for done in done { done() }
    }
}
