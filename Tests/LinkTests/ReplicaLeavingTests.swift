import Logging
import NIOCore
import NIOEmbedded
import Testing
import Wire

@testable import Link

extension ReplicaSetTests {
    private static let down = "451 \(Failure.serverDown.text)"

    /// Whether a server that was taken away has gone.
    private final class End {
        var hasCome = false
    }

    private func drop(_ number: Int = 0) -> End {
        let end = End()
        fleet.remove(upstreams[number]) { end.hasCome = true }
        return end
    }

    @Test("A server that is taken away answers what it has; what is asked behind that goes elsewhere after it")
    func dropped() throws {
        try give("ASK", "a")
        try give("ASK", "b", lane: 2)
        let end = drop()
        try give("ASK", "c")
        try give("ASK", "d")
        try give("ASK", "e", lane: 3)
        #expect(try links[0].requests() == ["#1 ASK a"])
        // The second session was there from the start, and the third is new.
        #expect(try links[1].requests() == ["#2 ASK b", "#3 ASK e"])
        #expect(!end.hasCome && fleet.report(of: upstreams[0])?.state == .leaving)
        try links[0].say("#1 250 2.0.0 a")
        #expect(answers.take() == ["250 a"])
        #expect(end.hasCome && links[0].channel?.isActive == false)
        #expect(try links[1].requests() == ["#1 ASK c", "#1 ASK d"])
        try links[1].say("#1 250 2.0.0 c", "#1 250 2.0.0 d")
        #expect(answers.take() == ["250 c", "250 d"])
        #expect(fleet.report(of: upstreams[0]) == nil)
    }

    @Test("What is lost with a server that is taken away is repeated before what waits behind it")
    func lostWhileLeaving() throws {
        try give("ASK", "a")
        let end = drop()
        try give("ASK", "b")
        try links[0].channel!.close().wait()
        #expect(end.hasCome)
        #expect(try links[1].requests() == ["#1 ASK a", "#1 ASK b"])
    }

    @Test("What is late at a server that is taken away goes elsewhere before what waits behind it")
    func lateWhileLeaving() throws {
        try give("ASK", "a")
        _ = drop()
        try give("ASK", "b")
        late()
        #expect(try links[1].requests() == ["#1 ASK a", "#1 ASK b"])
    }

    @Test("Requests of before there was another server are waited for too")
    func only() throws {
        let other = FalseLink()
        let upstream = Upstream(over: other, on: loop, logger: Logger(label: "test"))
        let end = drop()
        #expect(end.hasCome)
        try give("ASK", "a")
        fleet.add(upstream, isAwaited: false)
        #expect(fleet.isComplete)
        try other.announce()
        fleet.refresh()
        let second = drop(1)
        try give("ASK", "b")
        #expect(try links[1].requests() == ["#1 ASK a"])
        #expect(try other.requests() == [])
        try links[1].say("#1 250 2.0.0 a")
        #expect(second.hasCome)
        #expect(try other.requests() == ["#1 ASK b"])
    }

    @Test("A session stays where it is when a server is added")
    func added() throws {
        let end = drop()
        #expect(end.hasCome)
        try give("ASK", "a")
        try links[1].say("#1 250 2.0.0 a")
        try give("ASK", "x", lane: 3)
        let other = FalseLink()
        fleet.add(Upstream(over: other, on: loop, logger: Logger(label: "test")))
        try other.announce()
        fleet.refresh()
        try give("ASK", "b")
        try give("ASK", "c", lane: 2)
        #expect(try links[1].requests().suffix(1) == ["#1 ASK b"])
        #expect(try other.requests() == ["#2 ASK c"])
    }

    @Test("The last of a plugin that is taken away leaves commands that nobody answers for now")
    func last() throws {
        try give("ASK", "a")
        for upstream in upstreams { fleet.remove(upstream) {} }
        fleet.refresh()
        try give("ASK", "b", lane: 2)
        #expect(answers.take() == [Self.down])
        #expect(set.manifest["ASK"] != nil && fleet.order == [0] && !set.isServed)
        try give("ASK", "c")
        try links[0].say("#1 250 2.0.0 a")
        #expect(answers.take() == ["250 a", Self.down])
        #expect(set.manifest["ASK"] != nil && fleet.order == [0])
    }

    @Test("One that rests gets nothing more, keeps its link, and is used again after it")
    func rest() throws {
        try give("ASK", "a")
        try give("ASK", "b", lane: 2)
        fleet.rest(upstreams[0], true)
        #expect(fleet.report(of: upstreams[0])?.state == .draining)
        #expect(fleet.report(of: upstreams[0])?.sessions == 1)
        try give("ASK", "c")
        try links[0].say("#1 250 2.0.0 a")
        #expect(fleet.report(of: upstreams[0])?.sessions == 0)
        #expect(links[0].channel?.isActive == true)
        #expect(try links[1].requests() == ["#2 ASK b", "#1 ASK c"])
        // No other is left: what it could answer is refused rather than given to it.
        fleet.rest(upstreams[1], true)
        try give("ASK", "d", lane: 3)
        #expect(answers.take() == ["250 a", Self.down])
        try give("ASK", "e")
        fleet.rest(upstreams[1], false)
        // It may have it at once, since it is behind what is under way there.
        #expect(try links[1].requests() == ["#1 ASK e"])
        fleet.rest(upstreams[0], false)
        try give("ASK", "f", lane: 4)
        #expect(try links[0].requests().suffix(1) == ["#4 ASK f"])
    }

    @Test("A session that ends while its requests wait leaves nothing behind")
    func ended() throws {
        try give("ASK", "a")
        let end = drop()
        try give("ASK", "b")
        set.ended(lane: 1)
        try links[0].say("#1 250 2.0.0 a")
        #expect(end.hasCome)
        #expect(try links[1].requests() == [])
        #expect(set.sessions.isEmpty && set.held.isEmpty)
    }
}
