import Daemon
import Foundation
import Testing

@Suite("SIGHUP")
struct HangUpTests {
    /// The signal goes to a process of its own, because the sites of other tests in the test process listen for it as
    /// well. While no task awaits the next event, the daemon counts as handling one.
    @Test("SIGHUP is an event, even if it comes while another is handled", .timeLimit(.minutes(5)))
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
