import Testing

@testable import Commands

@Suite("A queue that is fair to networks")
struct FairQueueTests {
    /// Adds items that are named after their address and a number: `192.0.2.1 0`, `192.0.2.1 1`. Returns the results.
    private static func add(_ count: Int, from address: String, to queue: inout FairQueue<String>) -> [String] {
        (0..<count).map { number in
            switch queue.add("\(address) \(number)", from: Origin(address: address)!) {
            case .added: "added"
            case .displaced(let item): "displaced \(item)"
            case .full: "full"
            case .shareTaken: "share taken"
            }
        }
    }

    /// Removes items, and releases their places.
    private static func take(_ count: Int, from queue: inout FairQueue<String>) -> [String] {
        (0..<count).map { _ in
            guard let item = queue.next() else { return "none" }
            queue.free(Origin(address: String(item.prefix { $0 != " " }))!)
            return item
        }
    }

    @Test("A new host goes before hosts that were served, however many items wait")
    func newcomer() {
        var queue = FairQueue<String>(limit: 64, share: 16)
        _ = Self.add(5, from: "192.0.2.1", to: &queue)
        #expect(Self.take(2, from: &queue) == ["192.0.2.1 0", "192.0.2.1 1"])
        _ = Self.add(2, from: "192.0.2.2", to: &queue)
        let order = ["192.0.2.2 0", "192.0.2.1 2", "192.0.2.2 1", "192.0.2.1 3", "192.0.2.1 4", "none"]
        #expect(Self.take(6, from: &queue) == order)
        // The queue remembers which host was served last.
        _ = Self.add(1, from: "192.0.2.1", to: &queue)
        _ = Self.add(1, from: "192.0.2.2", to: &queue)
        #expect(Self.take(2, from: &queue) == ["192.0.2.2 0", "192.0.2.1 0"])
    }

    @Test(
        "Blocks take turns, however many hosts each has",
        arguments: [
            (["192.0.2.1", "192.0.2.2", "192.0.2.3"], "198.51.100.1"),
            (["2001:db8:1:1::1", "2001:db8:1:2::1", "2001:db8:1:3::1"], "2001:db8:2::1"),
        ])
    func blocks(_ many: [String], _ one: String) {
        var queue = FairQueue<String>(limit: 64, share: 16)
        for address in many { _ = Self.add(2, from: address, to: &queue) }
        _ = Self.add(3, from: one, to: &queue)
        let order = Self.take(9, from: &queue)
        #expect(order.prefix(6).map { $0.hasPrefix(one) } == [false, true, false, true, false, true])
        #expect(order.filter { !$0.hasPrefix(one) } == many.map { "\($0) 0" } + many.map { "\($0) 1" })
    }

    @Test("A host gets no more than its share of the places, including running items")
    func share() {
        var queue = FairQueue<String>(limit: 8, share: 2)
        #expect(Self.add(3, from: "192.0.2.1", to: &queue) == ["added", "added", "share taken"])
        #expect(queue.next() == "192.0.2.1 0")
        #expect(Self.add(1, from: "192.0.2.1", to: &queue) == ["share taken"])
        #expect(Self.add(2, from: "192.0.2.2", to: &queue) == ["added", "added"])
        queue.free(Origin(address: "192.0.2.1")!)
        #expect(Self.add(2, from: "192.0.2.1", to: &queue) == ["added", "share taken"])
        #expect(queue.count == 4)
    }

    @Test("If all places are taken, the host with the most places in the block with the most loses one")
    func displacement() {
        var queue = FairQueue<String>(limit: 6, share: 3)
        _ = Self.add(3, from: "192.0.2.1", to: &queue)
        _ = Self.add(1, from: "192.0.2.2", to: &queue)
        _ = Self.add(2, from: "198.51.100.1", to: &queue)
        #expect(Self.add(1, from: "203.0.113.1", to: &queue) == ["displaced 192.0.2.1 2"])
        #expect(Self.add(1, from: "203.0.113.2", to: &queue) == ["displaced 192.0.2.1 1"])
        #expect(queue.count == 6)
        // The block of the new item would have the most places.
        #expect(Self.add(1, from: "192.0.2.3", to: &queue) == ["full"])
        let left = Set(Self.take(7, from: &queue))
        let expected = [
            "192.0.2.1 0", "192.0.2.2 0", "198.51.100.1 0", "198.51.100.1 1", "203.0.113.1 0", "203.0.113.2 0", "none",
        ]
        #expect(left == Set(expected))
    }

    @Test("Each bad outcome delays a host longer, but not for ever")
    func outcomes() {
        let (bad, good) = (Origin(address: "192.0.2.1")!, Origin(address: "198.51.100.1")!)
        var queue = FairQueue<String>(limit: 8, share: 4)
        for (count, turns) in [(1, 32), (2, 64), (8, 4096), (20, 4096)] {
            queue = FairQueue<String>(limit: 8, share: 4)
            for _ in 0..<count {
                _ = Self.add(1, from: "192.0.2.1", to: &queue)
                _ = queue.next()
                queue.free(bad, .bad)
            }
            _ = Self.add(1, from: "192.0.2.1", to: &queue)
            var others = 0
            repeat {
                _ = Self.add(1, from: "198.51.100.1", to: &queue)
                guard queue.next()?.hasPrefix("198.51.100.1 ") == true else { break }
                queue.free(good, .good)
                others += 1
            } while others < 5000
            #expect((turns...turns + 1).contains(others), "\(count): \(others)")
        }
        queue.free(bad, .good)
        _ = Self.take(1, from: &queue)
        _ = Self.add(1, from: "198.51.100.1", to: &queue)
        _ = Self.add(1, from: "192.0.2.1", to: &queue)
        #expect(Self.take(2, from: &queue) == ["192.0.2.1 0", "198.51.100.1 0"])
    }

    @Test("If many networks have one place each, a network that waited long displaces one that was served lately")
    func manyNetworks() {
        var queue = FairQueue<String>(limit: 4, share: 1)
        let addresses = (1...4).map { "192.0.\($0).1" }
        for address in addresses { _ = Self.add(1, from: address, to: &queue) }
        _ = Self.take(4, from: &queue)
        for address in addresses { _ = Self.add(1, from: address, to: &queue) }
        #expect(Self.add(1, from: "198.51.100.1", to: &queue) == ["displaced 192.0.4.1 0"])
        #expect(Self.take(1, from: &queue) == ["198.51.100.1 0"])
        // A known host is not ordered after unknown hosts either.
        queue = FairQueue<String>(limit: 4, share: 1)
        for number in 0..<10 {
            _ = Self.add(1, from: number == 0 ? "198.51.100.1" : "192.0.\(number).1", to: &queue)
            _ = Self.take(1, from: &queue)
        }
        for number in 101...104 { _ = Self.add(1, from: "192.0.\(number).1", to: &queue) }
        #expect(Self.add(1, from: "198.51.100.1", to: &queue) == ["displaced 192.0.104.1 0"])
        #expect(Self.take(1, from: &queue) == ["198.51.100.1 0"])
        // An item that is being worked on is not displaced.
        var busy = FairQueue<String>(limit: 1, share: 1)
        _ = Self.add(1, from: "192.0.2.1", to: &busy)
        #expect(busy.next() == "192.0.2.1 0")
        #expect(Self.add(1, from: "198.51.100.1", to: &busy) == ["full"])
    }
}
