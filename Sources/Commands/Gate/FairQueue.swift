/// A queue of work in which no network can keep the others waiting.
///
/// The next item belongs to the block of addresses that was served longest ago, and within the block to the host that
/// was served longest ago. A host whose last items had a bad outcome counts as served later than it was, so that many
/// guessing networks do not delay one that does not guess. A host may take a bounded share of the places. If all
/// places are taken, a new item displaces an item of the block that has the most places, unless that is its own
/// block.
struct FairQueue<Item> {
    enum Entry {
        case added
        /// The item was added in the place of another item, which was removed from the queue.
        case displaced(Item)
        /// All places are taken, and no other block has more of them.
        case full
        /// The host has already taken its share of the places.
        case shareTaken
    }

    /// The outcome of an item.
    enum Outcome {
        case good, bad
        /// The outcome tells nothing about the host.
        case neutral
    }

    /// The turn in which a host was last served, and the number of its bad outcomes since the last good one.
    private struct Service {
        var turn: UInt64
        var bad = 0

        /// The turn that counts for the order. The first bad outcome delays a host by 32 turns. Each further one
        /// doubles the delay, up to 4,096 turns.
        var effectiveTurn: UInt64 { turn + (bad == 0 ? 0 : 16 << UInt64(min(bad, 8))) }
    }

    private struct Waiting {
        let item: Item
        let origin: Origin
        let number: UInt64
    }

    /// The number of places in all.
    let limit: Int
    /// The maximum number of places that one host may take.
    let share: Int
    private var waiting: [Waiting] = []
    /// The number of places that each host, and each block, has taken. Both waiting and running items take a place.
    private var hosts: [String: Int] = [:]
    private var blocks: [String: Int] = [:]
    private(set) var count = 0
    /// The number of items that were added, and the number of items that were served.
    private var (arrivals, turns): (UInt64, UInt64) = (0, 0)
    private var servedHosts = RecentCache<String, Service>(4096)
    private var servedBlocks = RecentCache<String, UInt64>(4096)
    /// A network that is not known counts as served this many turns ago.
    private static var turnsOfUnknown: UInt64 { 8 }

    init(limit: Int, share: Int) {
        (self.limit, self.share) = (limit, share)
    }

    mutating func add(_ item: Item, from origin: Origin) -> Entry {
        guard hosts[origin.host, default: 0] < share else { return .shareTaken }
        var displaced: Item?
        if count >= limit {
            guard let index = indexToDisplace(for: origin) else { return .full }
            let old = waiting.remove(at: index)
            release(old.origin)
            displaced = old.item
        }
        arrivals += 1
        waiting.append(Waiting(item: item, origin: origin, number: arrivals))
        hosts[origin.host, default: 0] += 1
        blocks[origin.block, default: 0] += 1
        count += 1
        return displaced.map { .displaced($0) } ?? .added
    }

    /// Removes and returns the item whose turn it is; nil if none waits. The item keeps its place until `free` is
    /// called.
    mutating func next() -> Item? {
        let order = waiting.map { turn(of: $0.origin, $0.number) }
        guard let index = order.indices.min(by: { order[$0] < order[$1] }) else { return nil }
        let next = waiting.remove(at: index)
        turns += 1
        servedHosts[next.origin.host] = Service(turn: turns, bad: servedHosts[next.origin.host]?.bad ?? 0)
        servedBlocks[next.origin.block] = turns
        return next.item
    }

    /// Releases the place of an item that `next` returned, and records its outcome.
    ///
    /// - Parameter origin: The network that the item came from.
    mutating func free(_ origin: Origin, _ outcome: Outcome = .neutral) {
        release(origin)
        guard outcome != .neutral, var service = servedHosts[origin.host] else { return }
        service.bad = outcome == .good ? 0 : min(service.bad + 1, 8)
        servedHosts[origin.host] = service
    }

    private mutating func release(_ origin: Origin) {
        count -= 1
        Self.decrement(&hosts, origin.host)
        Self.decrement(&blocks, origin.block)
    }

    private static func decrement(_ counts: inout [String: Int], _ name: String) {
        guard let count = counts[name], count > 1 else {
            counts[name] = nil
            return
        }
        counts[name] = count - 1
    }

    /// Returns a value by which waiting items are ordered. The item with the smallest value goes first.
    private mutating func turn(of origin: Origin, _ number: UInt64) -> (UInt64, UInt64, UInt64) {
        let unknown = turns - min(turns, Self.turnsOfUnknown)
        let host = servedHosts[origin.host]?.effectiveTurn ?? unknown
        return (max(host, servedBlocks[origin.block] ?? unknown), host, number)
    }

    /// Returns the index of the item that a new item displaces. It is the item that comes last in turn, of the host
    /// with the most places, in the block with the most places.
    ///
    /// - Returns: nil if the new item itself would have to go.
    private mutating func indexToDisplace(for origin: Origin) -> Int? {
        let newcomer = weight(of: origin, .max, adding: 1)
        let weights = waiting.map { weight(of: $0.origin, $0.number, adding: 0) }
        guard let index = weights.indices.max(by: { weights[$0] < weights[$1] }), newcomer < weights[index] else {
            return nil
        }
        return index
    }

    private mutating func weight(
        of origin: Origin, _ number: UInt64, adding count: Int
    ) -> (Int, Int, UInt64, UInt64, UInt64) {
        let turn = turn(of: origin, number)
        return (
            blocks[origin.block, default: 0] + count, hosts[origin.host, default: 0] + count, turn.0, turn.1, turn.2
        )
    }
}
