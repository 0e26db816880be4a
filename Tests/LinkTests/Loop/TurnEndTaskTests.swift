import NIOCore
import NIOEmbedded
import Testing

@testable import Link

@Suite("Work at the end of an event loop's turn")
struct TurnEndTaskTests {
    /// The tasks that have run, in order.
    private final class Log {
        var lines: [String] = []
    }

    private let log = Log()

    private func work(_ name: String, on loop: EmbeddedEventLoop) -> TurnEndTask {
        TurnEndTask(on: loop) { [log] in log.lines.append(name) }
    }

    @Test("A task runs once at the end of a turn, however often it is scheduled, and again in the next turn")
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

    @Test("Several tasks run in the order in which they were first scheduled")
    func several() {
        let loop = EmbeddedEventLoop()
        let (a, b, c) = (work("a", on: loop), work("b", on: loop), work("c", on: loop))
        for one in [b, a, b, c, a] { one.schedule() }
        loop.run()
        #expect(log.lines == ["b", "a", "c"])
    }

    @Test("A task that schedules itself while it runs runs again")
    func again() {
        let loop = EmbeddedEventLoop()
        var left = 3
        var itself: TurnEndTask?
        itself = TurnEndTask(on: loop) { [log] in
            log.lines.append("\(left)")
            left -= 1
            if left > 0 { itself?.schedule() }
        }
        itself?.schedule()
        loop.run()
        #expect(log.lines == ["3", "2", "1"])
        itself = nil
    }

    @Test("A task may schedule others: those that still wait run once, and those that have run do so again")
    func others() {
        let loop = EmbeddedEventLoop()
        let (before, after, fresh) = (work("before", on: loop), work("after", on: loop), work("fresh", on: loop))
        let caller = TurnEndTask(on: loop) { [log] in
            log.lines.append("caller")
            for one in [before, after, fresh] { one.schedule() }
        }
        for one in [before, caller, after] { one.schedule() }
        loop.run()
        #expect(log.lines == ["before", "caller", "after", "before", "fresh"])
    }

    @Test("Two loops on one thread run their own tasks, each in its own turn")
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
