import Daemon
import Foundation
import Testing

@Suite("SIGHUP")
struct HangUpTests {
    /// A process of its own gets the signal: the sites of other tests, in the test process, listen for it as well. While
    /// nobody awaits the next event, one is being handled.
    @Test("SIGHUP is an event, also when it comes while another is handled", .timeLimit(.minutes(5)))
    func events() async {
        await #expect(processExitsWith: .success) {
            signal(SIGHUP, SIG_IGN)
            var events = await Daemon.hangUps().makeAsyncIterator()
            for count in [1, 1, 3, 1] {
                for _ in 0..<count { kill(getpid(), SIGHUP) }
                guard await events.next() != nil else { exit(EXIT_FAILURE) }
            }
        }
    }
}
