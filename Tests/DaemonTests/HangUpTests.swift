import Daemon
import Foundation
import Testing

@Suite("SIGHUP")
struct HangUpTests {
    /// The test process itself gets the signal. While nobody awaits the next event, one is being handled.
    @Test("Is an event, also when it comes while another is handled", .timeLimit(.minutes(5)))
    func events() async throws {
        signal(SIGHUP, SIG_IGN)
        var events = await Daemon.hangUps().makeAsyncIterator()
        for count in [1, 1, 3, 1] {
            for _ in 0..<count { kill(getpid(), SIGHUP) }
            #expect(await events.next() != nil)
        }
    }
}
