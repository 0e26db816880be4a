import NIOCore
import Testing

@testable import Link

@Suite("The detection of silent links")
struct SilenceDetectorTests {
    /// Returns the ticks until the link is closed; nil if it is not closed within a day.
    private func ticks(_ watch: SilenceDetector) -> Int? {
        var watch = watch
        return (1...17_280).first { _ in watch.tick() }
    }

    @Test("A link on which nothing ever came is closed after the time of an idle session")
    func nothing() {
        #expect(ticks(SilenceDetector(idle: .minutes(10))) == 121)
    }

    @Test("A link with a PING every few seconds is closed after a minute of silence")
    func asking() {
        var watch = SilenceDetector(idle: .minutes(10))
        watch.asked()
        for _ in 0..<1000 {
            watch.heard()
            #expect(watch.tick() == false)
        }
        #expect(ticks(watch) == 13)
    }

    @Test("A link with rare PINGs gets more time")
    func seldom() {
        var watch = SilenceDetector(idle: .minutes(10))
        for _ in 0..<3 {
            for _ in 0..<60 { #expect(watch.tick() == false) }
            watch.heard()
            watch.asked()
            #expect(watch.tick() == false)
        }
        #expect(ticks(watch) == 481)
    }

    @Test("A link that had other bytes and no PING is closed after an hour")
    func silent() {
        var watch = SilenceDetector(idle: .minutes(10))
        watch.heard()
        #expect(watch.tick() == false)
        #expect(ticks(watch) == 721)
    }
}
