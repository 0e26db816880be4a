import Synchronization
import Testing
import Wire

@testable import Commands

@Suite("The sessions that use plugins")
struct PluginLanesTests {
    private final class Heard: Sendable {
        private let lanes = Mutex<[Lane]>([])

        var all: [Lane] { lanes.withLock { $0 } }

        init(_ sessions: PluginLanes) {
            sessions.whenOver { [self] lane in lanes.withLock { $0.append(lane) } }
        }
    }

    @Test("A session without running requests is over when it ends")
    func idle() {
        let sessions = PluginLanes()
        let heard = Heard(sessions)
        sessions.ended(7)
        sessions.counting(8, ReturnPath { _ in })(Answer(.done("x")))
        sessions.ended(8)
        #expect(heard.all == [7, 8])
    }

    @Test("A session with running requests is over once, when the last one is answered")
    func busy() {
        let sessions = PluginLanes()
        let heard = Heard(sessions)
        let answered = Atomic(0)
        let paths = (0..<2).map { _ in
            sessions.counting(7, ReturnPath { _ in answered.add(1, ordering: .relaxed) })
        }
        sessions.ended(7)
        sessions.ended(8)
        #expect(heard.all == [8])
        paths[1](Answer(.done("x")))
        #expect(heard.all == [8])
        paths[0](Answer(.done("x")))
        #expect(heard.all == [8, 7] && answered.load(ordering: .relaxed) == 2)
    }
}
