import NIOCore
import Testing
import Wire

@testable import Link

/// Servers with several plugins.
extension PoolTests {
    /// Returns two servers: the first has the plugins p and q, and the second has p alone.
    private static func two() throws -> PoolTests {
        let site = try PoolTests(isAnnounced: false)
        try site.links[0].announce("ASK p", "ONCE p", "TELL q")
        try site.links[1].announce("ASK p", "ONCE p")
        return site
    }

    @Test("A session keeps a server for each plugin, and no choice is recorded for a plugin with one server")
    func places() throws {
        let site = try Self.two()
        try site.give("TELL", "x")
        #expect(site.pool.dispatcher.sessions.isEmpty)
        #expect(try site.links[0].requests() == ["#1 TELL x"])
        try site.links[0].say("#1 250 2.0.0 x")
        try site.links[1].announce("ASK p", "ONCE p", "TELL q")
        let places: [(Verb, Int)] = [("ASK", 0), ("TELL", 1)]
        for (verb, number) in places {
            site.pool.setDraining(Self.server(1 - number), true)
            try site.give(verb, "a", lane: 2)
            #expect(try site.links[number].requests() == ["#2 \(verb) a"])
            try site.links[number].say("#2 250 2.0.0 a")
            site.pool.setDraining(Self.server(1 - number), false)
        }
        for (verb, number) in places + places {
            try site.give(verb, "b", lane: 2)
            #expect(try site.links[number].requests() == ["#2 \(verb) b"])
            try site.links[number].say("#2 250 2.0.0 b")
        }
        try site.give("ASK", "c", lane: 3)
        #expect(site.pool.dispatcher.sessions.count == 2)
        for lane in [1, 2, 3] as [Lane] { site.pool.ended(lane: lane) }
        #expect(site.pool.dispatcher.sessions.isEmpty && site.pool.replicas.allSatisfy { $0.sessions == 0 })
    }

    @Test("A report names no more plugins of a server than a pool takes")
    func manyPlugins() throws {
        let site = try PoolTests(isAnnounced: false)
        try site.links[0].announce((0..<40).map { "V\($0) p\($0)" })
        #expect(site.report()?.plugins == (0..<32).map { "p\($0)" })
    }

    @Test("The commands of two plugins go to their servers, and a command of both goes to the first that announced it")
    func routes() throws {
        let site = try PoolTests(isAnnounced: false)
        #expect(!site.pool.manifest.isComplete && site.pool.unheard == [Self.server(0), Self.server(1)])
        try site.links[1].announce("TELL q", "ASK q", "NOOP q")
        #expect(site.pool.problems.duplicates == ["NOOP"])
        try site.links[0].announce("ASK p")
        #expect(site.pool.manifest.isComplete && site.pool.unheard == [])
        #expect(site.pool.problems.duplicates == ["ASK", "NOOP"])
        #expect(site.pool.manifest.specs.map(\.name) == ["ASK", "TELL"])
        #expect(site.pool.announced.map(\.name) == ["q", "p"])
        try site.give("ASK", "a")
        try site.give("TELL", "b")
        #expect(try site.links[0].requests() == ["#1 ASK a"] && site.links[1].requests() == ["#1 TELL b"])
        #expect(try site.request("ASK", "a").entry.route != site.request("TELL", "b").entry.route)
        #expect(try site.request("ASK", "a").entry.isPipelined)
    }

    @Test("A server that fails for one plugin gets no requests of its other plugins, and drains for all of them")
    func health() throws {
        let site = try PoolTests(isAnnounced: false)
        for link in site.links { try link.announce("ASK p", "TELL q") }
        for lane in [1, 2, 3, 4, 5, 6, 7, 8, 9] as [Lane] {
            try site.give("ASK", "a", lane: lane)
            guard try site.links[0].requests().count == 1 else { continue }
            try site.links[0].say("#\(lane) 451 4.3.5 The disk is full")
        }
        #expect(site.report()!.failures >= OutlierEjection.limit)
        _ = try site.links[1].requests()
        site.pool.tick(.now(), answerTimeout: Self.patience)
        #expect(site.report()?.state == .ejected)
        for lane in [11, 12, 13, 14] as [Lane] { try site.give("TELL", "b", lane: lane) }
        #expect(try site.links[0].requests() == [])
        site.pool.setDraining(Self.server(1), true)
        try site.give("TELL", "c", lane: 15)
        try site.give("ASK", "c", lane: 16)
        #expect(try site.links[0].requests() == ["#15 TELL c", "#16 ASK c"])
        #expect(site.report(1)?.state == .draining && site.report(1)?.plugins == ["p", "q"])
    }

    @Test("The second attempts of all plugins share one budget")
    func oneBudget() throws {
        let site = try PoolTests(isAnnounced: false)
        for link in site.links { try link.announce("ASK p", "TELL q") }
        for lane in 1...40 as ClosedRange<UInt64> {
            try site.give(lane.isMultiple(of: 2) ? "ASK" : "TELL", "a", lane: Lane(lane))
        }
        #expect(try site.links[0].requests().count == 20 && site.links[1].requests().count == 20)
        site.late()
        // The budget remembers half of the 40 requests.
        let moved = try site.links[0].requests().count + site.links[1].requests().count
        #expect(moved == RetryBudget.least + 20 / RetryBudget.share)
    }

    @Test("A plugin that no server announces any more is unknown, and waiting requests for it are refused")
    func taken() throws {
        let site = try Self.two()
        let waiting = try site.request("TELL", "a")
        try site.links[0].announce("ASK p")
        #expect(site.pool.manifest["TELL"] == nil && site.pool.announced.map(\.name) == ["p"])
        site.give(waiting)
        #expect(site.answers.take() == [Self.down])
        try site.links[0].announce("ASK p", "TELL q")
        site.give(waiting)
        #expect(try site.links[0].requests() == ["#1 TELL a"])
    }

    @Test("However many plugins servers announce, few are kept, and the existing ones stay")
    func bounds() throws {
        let site = try Self.two()
        let tell = try site.request("TELL", "a")
        try site.links[0].announce("ASK p", "ONCE p")
        for round in 0..<(PluginTable.size * 2) { try site.links[0].announce("ASK p", "X x\(round)") }
        #expect(site.pool.plugins.all.count == PluginTable.size && site.pool.announced.map(\.name).count == 2)
        // Another plugin has its index now.
        site.give(tell)
        #expect(site.answers.take() == [Self.down])
        try site.links[0].announce((0..<100).map { "X\($0) x\($0)" } + ["ASK p"])
        #expect(site.pool.announced.count == Pool.mostPlugins + 1)
        #expect(site.pool.manifest["X31"] != nil && site.pool.manifest["X32"] == nil)
        #expect(site.pool.problems.ignored.first == "x32")
        try site.give("ASK", "b")
        #expect(try site.links[1].requests() == ["#1 ASK b"])
    }

    @Test("When the table is full of announced plugins, another one is ignored")
    func fullTable() throws {
        var table = PluginTable()
        let replica = Replica(
            Self.server(0), Upstream(over: FalseLink(), on: loop, logger: pool.logger), isAwaited: false)
        for number in 0..<PluginTable.size {
            var offer = PluginOffer()
            offer.add(try request("ASK", "a").spec, of: replica)
            let made = table.plugin(named: "\(number)")
            let plugin = try #require(made)
            plugin.take(offer)
            let known = table.plugin(named: "\(number)")
            #expect(table[plugin.route] === plugin && known === plugin)
        }
        let more = table.plugin(named: "more")
        #expect(more == nil && table[0] == nil && table[PluginTable.size + 1] == nil)
        // A plugin whose last server was removed stays known, and gives its index up when another plugin needs it.
        replica.leave()
        var offer = PluginOffer()
        offer.add(try request("ASK", "a").spec, of: replica)
        table[7]?.take(offer)
        #expect(table[7]?.isOrphaned == true)
        let successor = table.plugin(named: "more")
        let new = try #require(successor)
        #expect(new.route == PluginTable.size + 7 && table[7] == nil && table[new.route] === new)
    }
}
