import NIOCore
import Testing

@testable import Wire

@Suite("The clock of a turn")
struct TurnClockTests {
    @Test("A turn ends after at most four long requests, and continues after short ones")
    func length() {
        var clock = TurnClock()
        var count = 0
        repeat {
            let end = NIODeadline.now() + .milliseconds(2)
            while NIODeadline.now() < end {}
            count += 1
        } while !clock.isUp() && count < 100
        #expect(count == 4)
        var other = TurnClock()
        #expect(!other.isUp() && !other.isUp())
    }
}
