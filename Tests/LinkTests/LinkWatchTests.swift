import NIOCore
import Testing

@testable import Link

@Suite("When a server takes a link's other end for gone")
struct LinkWatchTests {
    /// Ticks until the link is closed; nil if it is not within a day.
    private func ticks(_ watch: LinkWatch) -> Int? {
        var watch = watch
        return (1...17_280).first { _ in watch.isGone() }
    }

    @Test("Nothing ever came: after the time of an idle session")
    func nothing() {
        #expect(ticks(LinkWatch(idle: .minutes(10))) == 121)
    }

    @Test("One that asked every few seconds: after a minute of silence")
    func asking() {
        var watch = LinkWatch(idle: .minutes(10))
        watch.asked()
        for _ in 0..<1000 {
            watch.heard()
            #expect(watch.isGone() == false)
        }
        #expect(ticks(watch) == 13)
    }

    @Test("One that asks seldom has the more time")
    func seldom() {
        var watch = LinkWatch(idle: .minutes(10))
        for _ in 0..<3 {
            for _ in 0..<60 { #expect(watch.isGone() == false) }
            watch.heard()
            watch.asked()
            #expect(watch.isGone() == false)
        }
        #expect(ticks(watch) == 481)
    }

    @Test("One that never asked, but has said something: after an hour")
    func silent() {
        var watch = LinkWatch(idle: .minutes(10))
        watch.heard()
        #expect(watch.isGone() == false)
        #expect(ticks(watch) == 721)
    }
}
