import Logging
import NIOCore
import NIOEmbedded
import Testing
import Wire

@testable import Link

extension PoolTests {
    private func drop(_ number: Int = 0) { pool.remove(Self.server(number)) }

    /// Whether a server that was taken away has gone.
    private func isGone(_ number: Int = 0) -> Bool { report(number) == nil }

    @Test("A server that is taken away answers what it has; what is asked behind that goes elsewhere after it")
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

    @Test("What is lost with a server that is taken away is repeated before what waits behind it")
    func lostWhileLeaving() throws {
        try give("ASK", "a")
        drop()
        try give("ASK", "b")
        try links[0].channel!.close().wait()
        #expect(isGone())
        #expect(try links[1].requests() == ["#1 ASK a", "#1 ASK b"])
    }

    @Test("What is late at a server that is taken away goes elsewhere before what waits behind it")
    func lateWhileLeaving() throws {
        try give("ASK", "a")
        drop()
        try give("ASK", "b")
        late()
        #expect(try links[1].requests() == ["#1 ASK a", "#1 ASK b"])
    }

    @Test("Requests of before there was another server are waited for too")
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

    @Test("A session stays where it is when a server is added")
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

    @Test("The last of a plugin that is taken away leaves commands that nobody answers for now")
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

    @Test("One that rests gets nothing more, keeps its link, and is used again after it")
    func rest() throws {
        try give("ASK", "a")
        try give("ASK", "b", lane: 2)
        pool.rest(Self.server(0), true)
        #expect(report()?.state == .draining)
        #expect(report()?.sessions == 1)
        try give("ASK", "c")
        try links[0].say("#1 250 2.0.0 a")
        #expect(report()?.sessions == 0)
        #expect(links[0].channel?.isActive == true)
        #expect(try links[1].requests() == ["#2 ASK b", "#1 ASK c"])
        // No other is left: what it could answer is refused rather than given to it.
        pool.rest(Self.server(1), true)
        try give("ASK", "d", lane: 3)
        #expect(answers.take() == ["250 a", Self.down])
        try give("ASK", "e")
        pool.rest(Self.server(1), false)
        // It may have it at once, since it is behind what is under way there.
        #expect(try links[1].requests() == ["#1 ASK e"])
        pool.rest(Self.server(0), false)
        try give("ASK", "f", lane: 4)
        #expect(try links[0].requests().suffix(1) == ["#4 ASK f"])
    }

    @Test("A session that ends while its requests wait leaves nothing behind")
    func ended() throws {
        try give("ASK", "a")
        drop()
        try give("ASK", "b")
        pool.ended(lane: 1)
        try links[0].say("#1 250 2.0.0 a")
        #expect(isGone())
        #expect(try links[1].requests() == [])
        #expect(pool.sessions.isEmpty && pool.waiting.isEmpty && pool.busy.count == 0)
    }
}
