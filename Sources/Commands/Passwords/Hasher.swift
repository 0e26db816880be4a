import CoreMetrics
import Seal
import Secrets
import Synchronization
import Telemetry
import Wire

/// Hashes passwords on threads of its own, so that no other work waits for them. The number of simultaneous hashes is
/// bounded.
///
/// Networks take turns, and each may take a bounded share of the places. So a flood of log-ins from one network
/// delays the others only by the hashes that are running at the moment.
package final class Hasher: Sendable {
    /// A piece of work: it hashes, or passes the refusal to its caller.
    private typealias Job = @Sendable (_ refusal: Failure?) -> Void

    package let cost: PasswordCost
    /// The most hashes that may wait or run.
    package let capacity: Int
    private let threads: LowPriorityThreads
    private let queue: Mutex<FairQueue<Job>>
    private let fullRefusals: Counter
    private let shareRefusals: Counter
    /// A hash that the password of an unknown name is checked against, so that the check takes as long as for a known
    /// name.
    private let decoy: String

    /// Creates a hasher and its threads.
    ///
    /// - Parameter waiting: The capacity. One host may have a quarter of them.
    package init(
        cost: PasswordCost, threads: Int, waiting: Int, metrics: any MetricsFactory = NOOPMetricsHandler.instance
    ) {
        (self.cost, capacity) = (cost, waiting)
        queue = Mutex(FairQueue(limit: waiting, share: max(1, waiting / 4)))
        self.threads = LowPriorityThreads(count: threads)
        fullRefusals = Counter(.hasherRefusals, ["all"], in: metrics)
        shareRefusals = Counter(.hasherRefusals, ["network"], in: metrics)
        decoy = PasswordHash.decoy(cost: cost)
    }

    /// The number of hashes that wait or run.
    package var waitingCount: Int { queue.withLock { $0.count } }

    /// Returns the PHC string of a new password. The password is hashed in the form that `OpaqueString` prepares.
    ///
    /// A short password is prepared before it takes a place in the queue, so one that is too short takes none.
    ///
    /// - Throws: `weakPassword`, `hasherFull`, `hasherShareTaken`.
    package func hash(_ password: SecretBytes, for caller: Caller) async throws -> String {
        let cost = cost
        let prepared = password.count <= Self.preparedAtOnce ? try Self.prepare(password) : nil
        return try await work(for: caller) {
            // A long text that consists only of accents takes 10 ms to normalise, so the hasher's thread does it.
            try PasswordHash.hash(try prepared ?? Self.prepare(password), cost: cost)
        } outcome: { _ in
            .neutral
        }
    }

    /// The length up to which the caller's thread prepares a password, in bytes. This takes microseconds. A longer
    /// password is never too short, because its prepared form has at least a third of its bytes.
    private static let preparedAtOnce = 64

    private static func prepare(_ password: SecretBytes) throws(Failure) -> SecretBytes {
        guard let prepared = OpaqueString.prepare(password), 8...1024 ~= prepared.count else { throw .weakPassword }
        return prepared
    }

    /// Returns whether the password is the one that was hashed in `phc`. Pass nil for an unknown name; the check then
    /// takes as long.
    ///
    /// An old hash may have been made of the password as it was typed, before it was prepared. So if the typed form
    /// and the prepared form differ, both are tried, and each takes a place in the queue. Whether they differ depends
    /// only on the typed text, so the answer time tells nothing about the account.
    ///
    /// - Throws: `hasherFull`, `hasherShareTaken`.
    package func verify(_ password: SecretBytes, against phc: String?, for caller: Caller) async throws -> Bool {
        let (stored, canBeRight) = (phc ?? decoy, phc != nil && !Self.hasNUL(password))
        let (isRightAsPrepared, hasOtherForm) = try await work(for: caller) {
            let prepared = OpaqueString.prepare(password) ?? password
            return (try PasswordHash.verify(prepared, against: stored) && canBeRight, prepared !== password)
        } outcome: { isRight, hasOtherForm in
            isRight ? .good : hasOtherForm ? .neutral : .bad
        }
        guard !isRightAsPrepared, hasOtherForm else { return isRightAsPrepared }
        return try await work(for: caller) {
            try PasswordHash.verify(password, against: stored) && canBeRight
        } outcome: { isRight in
            isRight ? .good : .bad
        }
    }

    /// Returns whether the password contains a NUL byte. Such a password is refused, because scrypt treats a password
    /// and the same password followed by NULs as equal.
    private static func hasNUL(_ password: SecretBytes) -> Bool {
        password.withUnsafeBytes { $0.contains(0) }
    }

    private func work<Value: Sendable>(
        for caller: Caller, _ body: @escaping @Sendable () throws -> Value,
        outcome: (Value) -> FairQueue<Job>.Outcome
    ) async throws -> Value {
        let origin = Origin(caller)
        let result: Result<Value, any Error> = try await withCheckedThrowingContinuation { continuation in
            add(from: origin) { failure in
                if let failure {
                    continuation.resume(throwing: failure)
                } else {
                    continuation.resume(returning: Result(catching: body))
                }
            }
        }
        let outcome = (try? result.get()).map(outcome) ?? .neutral
        queue.withLock { $0.free(origin, outcome) }
        return try result.get()
    }

    private func add(from origin: Origin, _ job: @escaping Job) {
        switch queue.withLock({ $0.add(job, from: origin) }) {
        case .added:
            threads.run { [self] in queue.withLock { $0.next() }?(nil) }
        case .displaced(let other):
            // A thread was already started for the displaced job, and runs this job instead.
            fullRefusals.increment()
            other(.hasherFull)
        case .full:
            fullRefusals.increment()
            job(.hasherFull)
        case .shareTaken:
            shareRefusals.increment()
            job(.hasherShareTaken)
        }
    }
}
