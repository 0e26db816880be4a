import Store
import Synchronization

/// Counts the uses of keys. The counts are written to the store at most once a minute, and when the server stops, so a
/// crash loses at most the uses of a minute.
///
/// A use costs one addition. Only the first use since the last write does more. The number of keys whose uses are counted
/// is bounded. Uses of further keys are not counted, so a number of uses means "at least".
package final class KeyUses: Sendable {
    /// The uses of one key that are not written yet.
    final class Counter: Sendable {
        let account: String
        let purpose: KeyPurpose
        let version: UInt32
        fileprivate let uses = Atomic(0)

        init(_ row: AccountKey) {
            (account, purpose, version) = (row.account, row.purpose, row.version)
        }
    }

    /// The time between two writes.
    private static let interval = Duration.seconds(60)
    /// The most keys in one transaction, for which other writers wait.
    private static let batch = 256

    private let store: Store
    private let capacity: Int
    /// The counters with uses, each once.
    private let counters = Mutex<[Counter]>([])
    /// Tells that the first key was used since the last write.
    private let (firstUses, firstUse) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))

    /// - Parameter capacity: The maximum number of keys whose uses are counted between two writes.
    init(_ store: Store, capacity: Int = 65_536) {
        (self.store, self.capacity) = (store, capacity)
    }

    /// Counts one use.
    func count(_ counter: Counter) {
        if counter.uses.wrappingAdd(1, ordering: .relaxed).oldValue == 0 { list(counter) }
    }

    /// The number of keys with uses that are not written yet.
    var waitingCount: Int { counters.withLock { $0.count } }

    private func list(_ counter: Counter) {
        let isFirst = counters.withLock { counters in
            guard counters.count < capacity else {
                // It is listed again when a use finds room.
                counter.uses.store(0, ordering: .relaxed)
                return false
            }
            counters.append(counter)
            return counters.count == 1
        }
        if isFirst { firstUse.yield() }
    }

    /// Writes the counts, at most once a minute, until the task is cancelled. While no key is used, it waits without a
    /// timer.
    ///
    /// - Parameters:
    ///   - now: Returns the current time in Unix seconds.
    ///   - failed: Receives the error of a write. The counts are written later.
    package func run(
        now: @escaping @Sendable () -> Int,
        pause: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) },
        failed: @escaping @Sendable (StoreError) -> Void
    ) async {
        for await _ in firstUses {
            guard (try? await pause(Self.interval)) != nil else { return }
            do throws(StoreError) {
                try await write(at: now())
            } catch {
                failed(error)
            }
        }
    }

    /// Writes the counts. Those that cannot be written are kept.
    package func write(at now: Int) async throws(StoreError) {
        var rest = counters.withLock { counters in
            defer { counters = [] }
            return counters
        }[...]
        while !rest.isEmpty {
            let batch = Array(rest.prefix(Self.batch))
            let counts = batch.map { $0.uses.exchange(0, ordering: .relaxed) }
            do throws(StoreError) {
                try await store.recordUses(Self.merged(batch, counts), at: Int64(now))
            } catch {
                for (counter, count) in zip(batch, counts)
                where counter.uses.wrappingAdd(count, ordering: .relaxed).oldValue == 0 && count > 0 { list(counter) }
                keep(rest.dropFirst(batch.count))
                throw error
            }
            rest = rest.dropFirst(batch.count)
        }
    }

    /// Lists counters again, as far as there is room. The uses of the others are lost.
    private func keep(_ rest: ArraySlice<Counter>) {
        guard !rest.isEmpty else { return }
        counters.withLock { counters in
            let room = max(0, capacity - counters.count)
            counters += rest.prefix(room)
            for counter in rest.dropFirst(room) { counter.uses.store(0, ordering: .relaxed) }
        }
        firstUse.yield()
    }

    /// Returns the uses of each version. A version has several counters if it was read from the store again.
    private static func merged(_ counters: [Counter], _ counts: [Int]) -> [KeyUse] {
        struct Key: Hashable {
            let account: String
            let purpose: KeyPurpose
            let version: UInt32
        }
        var uses: [Key: Int] = [:]
        for (counter, count) in zip(counters, counts) {
            uses[Key(account: counter.account, purpose: counter.purpose, version: counter.version), default: 0] += count
        }
        return uses.map { KeyUse(account: $0.account, purpose: $0.purpose, version: $0.version, uses: $1) }
    }
}

extension Call {
    /// Counts a use of a key, by which it was shown to work.
    func countUse(of key: KnownKey) { accounts.uses.count(key.counter) }
}
