import CoreMetrics
import Seal
import Secrets
import Synchronization
import Telemetry
import Wire

/// Hashes passwords on threads of its own, a bounded number at a time, so that nothing else has to wait for them.
///
/// Networks take turns, and each has a bounded share of the places that there are: a flood from one of them delays the
/// others by what is being hashed at the moment, and no more.
package final class Hasher: Sendable {
    /// Hashes, or gives the refusal to its caller.
    private typealias Job = @Sendable (_ refusal: Failure?) -> Void

    package let cost: PasswordCost
    private let threads: PatientThreads
    private let queue: Mutex<FairQueue<Job>>
    private let fullRefusals: Counter
    private let shareRefusals: Counter
    /// What an unknown name's password is checked against, so that it takes as long as a known one's.
    private let decoy: String

    /// `waiting`: hashes that may wait or run; of one host, a quarter of them.
    package init(
        cost: PasswordCost, threads: Int, waiting: Int, metrics: any MetricsFactory = NOOPMetricsHandler.instance
    ) {
        self.cost = cost
        queue = Mutex(FairQueue(limit: waiting, share: max(1, waiting / 4)))
        self.threads = PatientThreads(count: threads)
        fullRefusals = Counter(.hasherRefusals, ["all"], in: metrics)
        shareRefusals = Counter(.hasherRefusals, ["network"], in: metrics)
        decoy = PasswordHash.decoy(cost: cost)
    }

    /// Hashes that wait or run.
    package var waitingCount: Int { queue.withLock { $0.count } }

    /// The PHC string of a new password, which is hashed in the form that `OpaqueString` describes.
    ///
    /// A short password is prepared before it takes a place, so that one that is too short takes none.
    ///
    /// - Throws: `weakPassword`, `hasherFull`, `hasherShareTaken`.
    package func hash(_ password: SecretBytes, for caller: Caller) async throws -> String {
        let cost = cost
        let prepared = password.count <= Self.preparedAtOnce ? try Self.prepare(password) : nil
        return try await work(for: caller) {
            // A long text of nothing but accents takes 10 ms to normalise, so the thread does it.
            try PasswordHash.hash(try prepared ?? Self.prepare(password), cost: cost)
        } outcome: { _ in
            .neutral
        }
    }

    /// The octets up to which a password is prepared by the caller, which takes microseconds. A longer one is never too
    /// short in the form that is hashed, which has at least a third of its octets.
    private static let preparedAtOnce = 64

    private static func prepare(_ password: SecretBytes) throws(Failure) -> SecretBytes {
        guard let prepared = OpaqueString.prepare(password), 8...1024 ~= prepared.count else { throw .weakPassword }
        return prepared
    }

    /// Whether the password is the one hashed in `phc`; nil stands for an unknown name, and takes as long.
    ///
    /// A hash that was made of a password as it was typed is good for that very password still. So one that is typed in
    /// another form than it is compared in is tried in both, which takes two places one after the other. Which of them
    /// that are depends on what was typed alone, so that the time tells nothing of the account.
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

    /// scrypt takes a password for the same one with NULs behind it.
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
            // A thread was told that there is one more, and takes this one instead.
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
