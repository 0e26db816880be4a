import NIOCore
import Store
import Synchronization

/// Forgets the accounts whose time has come, as FORGET AFTER= has set it. Every server that has the operator's commands
/// looks for such accounts. The store decides which server forgets an account.
///
/// Forgetting cannot be undone, so a clock that is wrong must not cause it. A server trusts its clock only when nobody
/// has set it for an hour, as another clock shows, which counts from the start of the machine and cannot be set. So a
/// machine that starts with a wrong clock, or whose clock jumps, has an hour to correct it. A clock that is behind only
/// delays the forgetting.
package final class DelayedForgetting: Sendable {
    /// The things that happen in a look.
    package enum Event: Sendable, Equatable {
        /// The clock was set, so no account is forgotten for an hour.
        case clockWasSet
        case forgotten(String, Forgetting)
        case failed(StoreError)
    }

    /// The number of seconds for which the clock must be steady.
    package static let steadyTime = 3600
    /// The greatest change of the difference of both clocks between two looks, in seconds, that does not count as setting
    /// the clock.
    private static let leeway = 60
    /// The number of accounts that one look finds at a time.
    private static let batch = 100

    private struct Steady {
        /// The difference of the clocks at the last look.
        var difference: Int
        /// The reading of the clock that cannot be set, since when nobody has set the other one.
        var start: Int
    }

    private let store: Store
    private let audit: AuditTrail?
    private let now: @Sendable () -> Int
    private let uptime: @Sendable () -> Int
    private let report: @Sendable (Event) -> Void
    private let steady = Mutex<Steady?>(nil)

    /// - Parameters:
    ///   - audit: Where each forgotten account is recorded; nil without an audit log.
    ///   - now: Returns the current time in Unix seconds.
    ///   - uptime: Returns the reading in seconds of a clock that cannot be set and goes on while the machine sleeps.
    ///   - report: Called with everything that happens.
    package init(
        store: Store, audit: AuditTrail?, now: @escaping @Sendable () -> Int,
        uptime: @escaping @Sendable () -> Int = DelayedForgetting.uptime,
        report: @escaping @Sendable (Event) -> Void
    ) {
        (self.store, self.audit, self.report) = (store, audit, report)
        (self.now, self.uptime) = (now, uptime)
    }

    /// Returns a reading of the system's clock that cannot be set.
    package static let uptime: @Sendable () -> Int = {
        Int(origin.duration(to: .now).components.seconds)
    }

    private static let origin = ContinuousClock.now

    /// Looks at once and then once in each interval, until the task is cancelled.
    package func run(every interval: Duration = .seconds(60)) async {
        while true {
            await look()
            do { try await Task.sleep(for: interval) } catch { return }
        }
    }

    /// Forgets the accounts whose time has come. A server whose audit log cannot be written forgets none.
    package func look() async {
        let now = now()
        guard isSteady(at: now) else { return }
        do throws(StoreError) {
            while true {
                let names = try await store.accountsToForget(at: Int64(now), limit: Self.batch)
                for name in names { guard try await forget(name, at: now) else { return } }
                if names.count < Self.batch { return }
            }
        } catch {
            report(.failed(error))
        }
    }

    /// - Returns: false if the audit log cannot be written.
    private func forget(_ name: String, at now: Int) async throws(StoreError) -> Bool {
        let start = NIODeadline.now().uptimeNanoseconds
        guard audit?.admits(at: start) != false else { return false }
        let outcome = try await store.forgetIfDue(name, at: Int64(now))
        guard outcome != .noSuchAccount else { return true }
        audit?.noteForgotten(name, from: start, to: NIODeadline.now().uptimeNanoseconds)
        report(.forgotten(name, outcome))
        return true
    }

    private func isSteady(at now: Int) -> Bool {
        let uptime = uptime()
        let (isSteady, wasSet) = steady.withLock { steady -> (Bool, Bool) in
            let difference = now - uptime
            guard let last = steady, abs(difference - last.difference) <= Self.leeway else {
                defer { steady = Steady(difference: difference, start: uptime) }
                return (false, steady != nil)
            }
            steady!.difference = difference
            return (uptime - last.start >= Self.steadyTime, false)
        }
        if wasSet { report(.clockWasSet) }
        return isSteady
    }
}
