import Store
import Synchronization

/// Finds out what keeps a server from working with its database. It tests writing with a real write, at most once
/// every few seconds. Only one caller may use it at a time.
final class DatabaseExamination: Sendable {
    typealias RootKeyIDs = @Sendable () throws -> [String]

    private struct State {
        var isWriting = false
        /// The error of the last write, nil if it succeeded, and the time until which this result is reused.
        var lastWrite: (fault: String?, end: ContinuousClock.Instant)?
    }

    /// The difference of the clocks beyond which the server is not well. With a larger difference, servers disagree
    /// on how long tokens, challenges and invitations are valid, and on when a lock-out ends.
    private static let tolerated = Duration.seconds(60)
    /// The time for which the result of a write is reused, after a success and after a failure.
    private static let lifetime = (made: Duration.seconds(10), failed: Duration.seconds(1))

    private let store: Store
    private let rootKeyIDs: RootKeyIDs?
    private let state = Mutex(State())

    init(_ store: Store, rootKeyIDs: RootKeyIDs?) {
        (self.store, self.rootKeyIDs) = (store, rootKeyIDs)
    }

    /// Whether the examination is waiting for its write.
    var isWriting: Bool { state.withLock { $0.isWriting } }

    /// The time by which this machine's clock is ahead of the database's clock; nil if both use the same clock, or if
    /// the database does not answer.
    var clockDifference: Duration? {
        get async { try? await store.examine().clockDifference }
    }

    /// Returns a short description of the fault; nil if the database is well.
    func fault() async -> String? {
        do throws(StoreError) {
            let found = try await store.examine()
            if let difference = found.clockDifference, !difference.isWithin(Self.tolerated) {
                return Self.words(difference)
            }
            if let fault = faultOfRootKey(found.rootKeyID) { return fault }
        } catch {
            return "\(error)"
        }
        return await faultOfWrites()
    }

    static func words(_ difference: Duration) -> String {
        let seconds = difference.components.seconds
        return "this machine's clock is \(abs(seconds)) s \(seconds < 0 ? "behind" : "ahead of") the database's"
    }

    /// Returns a description of the fault if the database names a root key that the key file does not have.
    ///
    /// - Parameter current: The id of the root key that the database names.
    private func faultOfRootKey(_ current: String?) -> String? {
        guard let rootKeyIDs, let current else { return nil }
        do {
            return try rootKeyIDs().contains(current) ? nil : "root.key is not the root key of this database"
        } catch {
            return "\(error)"
        }
    }

    private func faultOfWrites() async -> String? {
        if let last = state.withLock({ $0.lastWrite }), .now < last.end { return last.fault }
        state.withLock { $0.isWriting = true }
        var fault: String?
        do throws(StoreError) { try await store.examineWrites() } catch { fault = "it cannot be written: \(error)" }
        let end = ContinuousClock.now + (fault == nil ? Self.lifetime.made : Self.lifetime.failed)
        state.withLock { $0 = State(lastWrite: (fault, end)) }
        return fault
    }
}
