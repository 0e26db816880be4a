import Logging
import NIOCore
import NIOEmbedded
import Testing
import Wire

@testable import Link

extension PoolTests {
    private func drop(_ number: Int = 0) { pool.remove(Self.server(number)) }

    /// Returns whether a removed server has gone.
    private func isGone(_ number: Int = 0) -> Bool { report(number) == nil }

    @Test("A server that is removed answers its requests, and later requests then go to another server")
    func dropped() throws {
        try give("ASK", "a")
        try give("ASK", "b", lane: 2)
        drop()
        try give("ASK", "c")
        try give("ASK", "d")
        try give("ASK", "e", lane: 3)
        #expect(try links[0].requests() == ["#1 ASK a"])
        // The second session was there from the start, and the third is new.
        #expect(try links[1].requests() == ["#2 ASK b", "#3 ASK e"])
        #expect(report()?.state == .leaving)
        try links[0].say("#1 250 2.0.0 a")
        #expect(answers.take() == ["250 a"])
        #expect(isGone() && links[0].channel?.isActive == false)
        #expect(try links[1].requests() == ["#1 ASK c", "#1 ASK d"])
        try links[1].say("#1 250 2.0.0 c", "#1 250 2.0.0 d")
        #expect(answers.take() == ["250 c", "250 d"])
    }

    @Test("A request that is lost with a removed server is repeated before the requests that wait for it")
    func lostWhileLeaving() throws {
        try give("ASK", "a")
        drop()
        try give("ASK", "b")
        try links[0].channel!.close().wait()
        #expect(isGone())
        #expect(try links[1].requests() == ["#1 ASK a", "#1 ASK b"])
    }

    @Test("A request that is late at a removed server goes elsewhere before the requests that wait for it")
    func lateWhileLeaving() throws {
        try give("ASK", "a")
        drop()
        try give("ASK", "b")
        late()
        #expect(try links[1].requests() == ["#1 ASK a", "#1 ASK b"])
    }

    @Test("Requests that were sent while there was one server are waited for too")
    func only() throws {
        drop()
        #expect(isGone())
        try give("ASK", "a")
        let other = try add(2)
        drop(1)
        try give("ASK", "b")
        #expect(try links[1].requests() == ["#1 ASK a"])
        #expect(try other.requests() == [])
        try links[1].say("#1 250 2.0.0 a")
        #expect(isGone(1))
        #expect(try other.requests() == ["#1 ASK b"])
    }

    @Test("A session stays at its server when another one is added")
    func added() throws {
        drop()
        #expect(isGone())
        try give("ASK", "a")
        try links[1].say("#1 250 2.0.0 a")
        try give("ASK", "x", lane: 3)
        let other = try add(2)
        try give("ASK", "b")
        try give("ASK", "c", lane: 2)
        #expect(try links[1].requests().suffix(1) == ["#1 ASK b"])
        #expect(try other.requests() == ["#2 ASK c"])
    }

    @Test("When a plugin's last server is removed, its commands stay known and are refused")
    func last() throws {
        try give("ASK", "a")
        for number in links.indices { drop(number) }
        try give("ASK", "b", lane: 2)
        #expect(answers.take() == [Self.down])
        #expect(pool.manifest["ASK"] != nil && pool.announced.map(\.isServed) == [false])
        try give("ASK", "c")
        try links[0].say("#1 250 2.0.0 a")
        #expect(answers.take() == ["250 a", Self.down])
        #expect(pool.manifest["ASK"] != nil)
    }

    @Test("A server that drains gets no new requests, keeps its link, and can be used again")
    func rest() throws {
        try give("ASK", "a")
        try give("ASK", "b", lane: 2)
        pool.setDraining(Self.server(0), true)
        #expect(report()?.state == .draining)
        #expect(report()?.sessions == 1)
        try give("ASK", "c")
        try links[0].say("#1 250 2.0.0 a")
        #expect(report()?.sessions == 0)
        #expect(links[0].channel?.isActive == true)
        #expect(try links[1].requests() == ["#2 ASK b", "#1 ASK c"])
        // No other server is left. A held request that this one could answer is refused, because this one drains.
        pool.setDraining(Self.server(1), true)
        try give("ASK", "d", lane: 3)
        #expect(answers.take() == ["250 a", Self.down])
        try give("ASK", "e")
        pool.setDraining(Self.server(1), false)
        // The request may be sent at once, because the requests under way there come before it.
        #expect(try links[1].requests() == ["#1 ASK e"])
        pool.setDraining(Self.server(0), false)
        try give("ASK", "f", lane: 4)
        #expect(try links[0].requests().suffix(1) == ["#4 ASK f"])
    }

    @Test("A session that ends while its requests are held leaves nothing in the pool")
    func ended() throws {
        try give("ASK", "a")
        drop()
        try give("ASK", "b")
        pool.ended(lane: 1)
        try links[0].say("#1 250 2.0.0 a")
        #expect(isGone())
        #expect(try links[1].requests() == [])
        #expect(pool.dispatcher.sessions.isEmpty && pool.dispatcher.waiting.isEmpty && pool.dispatcher.busy.count == 0)
    }
}
