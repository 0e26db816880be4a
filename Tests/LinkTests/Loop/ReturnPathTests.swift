import NIOCore
import NIOPosix
import Testing

@testable import Wire

@Suite("The path of an answer to its asker")
struct ReturnPathTests {
    private struct Arrival: Equatable {
        let lane: Lane
        let ticket: Ticket
        let code: Int
        let isOnLoop: Bool
    }

    private final class Someone: AnswerReceiver, @unchecked Sendable {
        let loop: (any EventLoop)?
        private let heard: EventLoopPromise<Arrival>

        init(_ loop: any EventLoop) {
            self.loop = loop
            heard = loop.makePromise()
        }

        var arrival: EventLoopFuture<Arrival> { heard.futureResult }

        func answered(_ lane: Lane, _ ticket: Ticket, _ answer: consuming Answer) {
            let isOnLoop = loop?.inEventLoop == true
            heard.succeed(Arrival(lane: lane, ticket: ticket, code: answer.code, isOnLoop: isOnLoop))
        }
    }

    @Test("An answer that is given on any thread arrives on the asker's loop, with its lane and its ticket")
    func elsewhere() async throws {
        let asker = Someone(MultiThreadedEventLoopGroup.singleton.any())
        ReturnPath(asker, 7, 3)(Answer(.done("x")))
        #expect(try await asker.arrival.get() == Arrival(lane: 7, ticket: 3, code: 250, isOnLoop: true))
    }

    @Test("An answer that is given on the asker's loop arrives before the call returns")
    func here() async throws {
        let loop = MultiThreadedEventLoopGroup.singleton.any()
        let asker = Someone(loop)
        let hasArrived = try await loop.submit {
            let path = ReturnPath(asker, 7, 3)
            var hasArrived = false
            asker.arrival.assumeIsolated().whenComplete { _ in hasArrived = true }
            path(Answer(.done("x")))
            return hasArrived
        }.get()
        #expect(hasArrived)
    }
}
