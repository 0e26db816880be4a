import NIOCore
import NIOEmbedded
import Testing

@testable import Link

@Suite("Once in a turn of an event loop")
struct OncePerTurnTests {
    /// What was done, in order.
    private final class Log {
        var lines: [String] = []
    }

    private let log = Log()

    private func work(_ name: String, on loop: EmbeddedEventLoop) -> OncePerTurn {
        OncePerTurn(on: loop) { [log] in log.lines.append(name) }
    }

    @Test("However often it is called for, it is done once, at the turn's end; and again in the next turn")
    func once() {
        let loop = EmbeddedEventLoop()
        let a = work("a", on: loop)
        for turn in 1...3 {
            for _ in 0..<5 { a.schedule() }
            #expect(log.lines.count == turn - 1)
            loop.run()
            #expect(log.lines.count == turn)
        }
        loop.run()
        #expect(log.lines == ["a", "a", "a"])
    }

    @Test("Several are done in the order in which they were first called for")
    func several() {
        let loop = EmbeddedEventLoop()
        let (a, b, c) = (work("a", on: loop), work("b", on: loop), work("c", on: loop))
        for one in [b, a, b, c, a] { one.schedule() }
        loop.run()
        #expect(log.lines == ["b", "a", "c"])
    }

    @Test("What calls for itself while it is done is done again")
    func again() {
        let loop = EmbeddedEventLoop()
        var left = 3
        var itself: OncePerTurn?
        itself = OncePerTurn(on: loop) { [log] in
            log.lines.append("\(left)")
            left -= 1
            if left > 0 { itself?.schedule() }
        }
        itself?.schedule()
        loop.run()
        #expect(log.lines == ["3", "2", "1"])
        itself = nil
    }

    @Test("One that is done may call for others: those that wait already are done once, those before it again")
    func others() {
        let loop = EmbeddedEventLoop()
        let (before, after, fresh) = (work("before", on: loop), work("after", on: loop), work("fresh", on: loop))
        let caller = OncePerTurn(on: loop) { [log] in
            log.lines.append("caller")
            for one in [before, after, fresh] { one.schedule() }
        }
        for one in [before, caller, after] { one.schedule() }
        loop.run()
        #expect(log.lines == ["before", "caller", "after", "before", "fresh"])
    }

    @Test("Two loops on one thread: each does its own, in its own turn")
    func twoLoops() {
        let (first, second) = (EmbeddedEventLoop(), EmbeddedEventLoop())
        let (a, b) = (work("a", on: first), work("b", on: first))
        let (x, y) = (work("x", on: second), work("y", on: second))
        for one in [a, x, b, y, a, x] { one.schedule() }
        first.run()
        #expect(log.lines == ["a", "b"])
        first.run()
        second.run()
        #expect(log.lines == ["a", "b", "x", "y"])
        for one in [y, a] { one.schedule() }
        second.run()
        first.run()
        #expect(log.lines == ["a", "b", "x", "y", "y", "a"])
    }
}
