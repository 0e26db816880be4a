import Store
import Synchronization

/// Finds out what keeps a server from working with its database. Whether that takes writes is tried by a write, every few
/// seconds at most. For one caller at a time.
final class DatabaseExamination: Sendable {
    typealias RootKeyIDs = @Sendable () throws -> [String]

    private struct State {
        var isWriting = false
        /// Why the last write failed, and until when that counts.
        var lastWrite: (fault: String?, end: ContinuousClock.Instant)?
    }

    /// The difference of clocks beyond which the server is not well: how long tokens, challenges and invitations are good for, and when a lock-out
    /// ends, depends on which server is asked.
    private static let tolerated = Duration.seconds(60)
    /// How long a write that was made counts, and one that failed.
    private static let lifetime = (made: Duration.seconds(10), failed: Duration.seconds(1))

    private let store: Store
    private let rootKeyIDs: RootKeyIDs?
    private let state = Mutex(State())

    init(_ store: Store, rootKeyIDs: RootKeyIDs?) {
        (self.store, self.rootKeyIDs) = (store, rootKeyIDs)
    }

    /// Whether the examination waits for its write.
    var isWriting: Bool { state.withLock { $0.isWriting } }

    /// How far this machine's clock is ahead of the database's; nil where there is one clock only, or no answer.
    var clockDifference: Duration? {
        get async { try? await store.examine().clockDifference }
    }

    /// Returns what is wrong, in a few words; nil if nothing is.
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

    /// `current`: that of the database.
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
        do throws(StoreError) { try await store.examineWrites() } catch { fault = "no write can be made: \(error)" }
        let end = ContinuousClock.now + (fault == nil ? Self.lifetime.made : Self.lifetime.failed)
        state.withLock { $0 = State(lastWrite: (fault, end)) }
        return fault
    }
}
