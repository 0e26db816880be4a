import Dispatch
import Seal
import Synchronization
import Wire

/// Hashes passwords on threads of its own, a bounded number at a time, so that nothing else has to wait for them.
package final class Hasher: Sendable {
    package let cost: PasswordCost
    private let queues: [DispatchQueue]
    private let limit: Int
    private let state = Mutex((waiting: 0, turn: 0))
    /// What an unknown name's password is checked against, so that it takes as long as a known one's.
    private let decoy: String

    /// `waiting`: hashes that may wait or run; one more is refused at once.
    package init(cost: PasswordCost, threads: Int, waiting: Int) {
        self.cost = cost
        limit = waiting
        queues = (0..<threads).map { DispatchQueue(label: "clavero.hasher.\($0)") }
        decoy = PasswordHash.decoy(cost: cost)
    }

    /// The PHC string of a new password.
    ///
    /// - Throws: `weakPassword`, `hasherFull`.
    package func hash(_ password: SecretBytes) async throws -> String {
        guard 8...1024 ~= password.count, !Self.hasNUL(password) else { throw Failure.weakPassword }
        let cost = cost
        return try await work { try PasswordHash.hash(password, cost: cost) }
    }

    /// Whether the password is the one hashed in `phc`; nil stands for an unknown name, and takes as long.
    ///
    /// - Throws: `hasherFull`.
    package func verify(_ password: SecretBytes, against phc: String?) async throws -> Bool {
        let stored = phc ?? decoy
        return try await work { try PasswordHash.verify(password, against: stored) } && phc != nil
            && !Self.hasNUL(password)
    }

    /// scrypt takes a password for the same one with NULs behind it.
    private static func hasNUL(_ password: SecretBytes) -> Bool {
        password.withUnsafeBytes { $0.contains(0) }
    }

    private func work<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        let queue = try state.withLock { state throws(Failure) in
            guard state.waiting < limit else { throw .hasherFull }
            state.waiting += 1
            state.turn += 1
            return queues[state.turn % queues.count]
        }
        defer { state.withLock { $0.waiting -= 1 } }
        return try await withCheckedThrowingContinuation { continuation in
            queue.async { continuation.resume(with: Result(catching: body)) }
        }
    }
}
