/// Work that waits its turn, where no network can keep the others waiting.
///
/// The next item is one of the block that was served longest ago, and within it of the host that was served longest ago.
/// A host whose last items had a bad outcome counts as served later than it was, so that many networks that guess do not
/// delay one that does not. A host has a bounded share of the places. Where all places are taken, the newcomer takes the
/// place of an item of the block that has the most, unless that is its own.
struct FairQueue<Item> {
    enum Entry {
        case added
        /// It was added in the place of another, which is taken out.
        case displaced(Item)
        /// All places are taken, and no other block has more of them.
        case full
        /// The host has its share of the places.
        case shareTaken
    }

    /// The outcome of an item.
    enum Outcome {
        case good, bad
        /// It tells nothing about its host.
        case neutral
    }

    /// The time at which a host was last served, and the number of its bad outcomes since the last good one.
    private struct Service {
        var turn: UInt64
        var bad = 0

        /// One bad outcome puts a host off by 32 turns, the next ones by twice as many each, up to 4,096.
        var effectiveTurn: UInt64 { turn + (bad == 0 ? 0 : 16 << UInt64(min(bad, 8))) }
    }

    private struct Waiting {
        let item: Item
        let origin: Origin
        let number: UInt64
    }

    /// Places in all.
    let limit: Int
    /// Places of one host.
    let share: Int
    private var waiting: [Waiting] = []
    /// Places that are taken by hosts, and by blocks, of items that wait or are being worked on.
    private var hosts: [String: Int] = [:]
    private var blocks: [String: Int] = [:]
    private(set) var count = 0
    /// Items that were added, and items that were served.
    private var (arrivals, turns): (UInt64, UInt64) = (0, 0)
    private var servedHosts = Recent<String, Service>(4096)
    private var servedBlocks = Recent<String, UInt64>(4096)
    /// A network that is not known counts as one that was served so many turns ago.
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

    /// Takes out the item whose turn it is. It keeps its place until `free`.
    mutating func next() -> Item? {
        let order = waiting.map { turn(of: $0.origin, $0.number) }
        guard let index = order.indices.min(by: { order[$0] < order[$1] }) else { return nil }
        let next = waiting.remove(at: index)
        turns += 1
        servedHosts[next.origin.host] = Service(turn: turns, bad: servedHosts[next.origin.host]?.bad ?? 0)
        servedBlocks[next.origin.block] = turns
        return next.item
    }

    /// Gives back the place of an item that was taken out by `next`, which is `origin`'s.
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

    /// The least goes first.
    private mutating func turn(of origin: Origin, _ number: UInt64) -> (UInt64, UInt64, UInt64) {
        let unknown = turns - min(turns, Self.turnsOfUnknown)
        let host = servedHosts[origin.host]?.effectiveTurn ?? unknown
        return (max(host, servedBlocks[origin.block] ?? unknown), host, number)
    }

    /// The item that a newcomer displaces: the one whose turn comes last, of the host that has the most places, of the
    /// block that has the most. Nil if the newcomer is the one that would have to go.
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
