import CoreMetrics
import Seal
import Synchronization
import Telemetry
import Wire

/// Hashes passwords on threads of its own, a bounded number at a time, so that nothing else has to wait for them.
package final class Hasher: Sendable {
    package let cost: PasswordCost
    private let threads: PatientThreads
    private let limit: Int
    private let waiting = Mutex(0)
    private let refusals: Counter
    /// What an unknown name's password is checked against, so that it takes as long as a known one's.
    private let decoy: String

    /// `waiting`: hashes that may wait or run; one more is refused at once.
    package init(
        cost: PasswordCost, threads: Int, waiting: Int, metrics: any MetricsFactory = NOOPMetricsHandler.instance
    ) {
        self.cost = cost
        limit = waiting
        self.threads = PatientThreads(count: threads)
        refusals = Counter(.hasherRefusals, in: metrics)
        decoy = PasswordHash.decoy(cost: cost)
    }

    /// Hashes that wait or run.
    package var waitingCount: Int { waiting.withLock { $0 } }

    /// The PHC string of a new password, which is hashed in the form that `OpaqueString` describes.
    ///
    /// - Throws: `weakPassword`, `hasherFull`.
    package func hash(_ password: SecretBytes) async throws -> String {
        let cost = cost
        return try await work {
            // Here, as a text of nothing but accents takes 10 ms to normalise.
            guard let password = OpaqueString.prepare(password), 8...1024 ~= password.count else {
                throw Failure.weakPassword
            }
            return try PasswordHash.hash(password, cost: cost)
        }
    }

    /// Whether the password is the one hashed in `phc`; nil stands for an unknown name, and takes as long.
    ///
    /// A hash that was made of a password as it was typed is good for that very password still. So one that is typed in
    /// another form than it is compared in is tried in both, which takes two places one after the other. Which of them
    /// that are depends on what was typed alone, so that the time tells nothing of the account.
    ///
    /// - Throws: `hasherFull`.
    package func verify(_ password: SecretBytes, against phc: String?) async throws -> Bool {
        let stored = phc ?? decoy
        let (isRightAsPrepared, hasOtherForm) = try await work {
            let prepared = OpaqueString.prepare(password) ?? password
            return (try PasswordHash.verify(prepared, against: stored), prepared !== password)
        }
        var isRight = isRightAsPrepared
        if !isRight, hasOtherForm {
            isRight = try await work { try PasswordHash.verify(password, against: stored) }
        }
        return isRight && phc != nil && !Self.hasNUL(password)
    }

    /// scrypt takes a password for the same one with NULs behind it.
    private static func hasNUL(_ password: SecretBytes) -> Bool {
        password.withUnsafeBytes { $0.contains(0) }
    }

    private func work<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try waiting.withLock { waiting throws(Failure) in
            guard waiting < limit else {
                refusals.increment()
                throw .hasherFull
            }
            waiting += 1
        }
        defer { waiting.withLock { $0 -= 1 } }
        return try await withCheckedThrowingContinuation { continuation in
            threads.run { continuation.resume(with: Result(catching: body)) }
        }
    }
}
