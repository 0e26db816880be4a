import Foundation
import Synchronization
import TestKit
import Testing

extension EndToEnd {
    @Suite("No node contradicts what another has acknowledged", .serialized)
    struct Coherence {
        /// The current log-in of alice, and the number of the last log-in whose end was acknowledged.
        private final class Ends: Sendable {
            struct LogIn: Sendable {
                let number: Int
                let token: String
            }

            private let state = Mutex((current: LogIn(number: 0, token: ""), ended: 0, isOver: false))

            var current: LogIn { state.withLock { $0.current } }
            var ended: Int { state.withLock { $0.ended } }
            var isOver: Bool { state.withLock { $0.isOver } }

            func begin(_ logIn: LogIn) { state.withLock { $0.current = logIn } }
            func end(_ logIn: LogIn) { state.withLock { $0.ended = logIn.number } }
            func finish() { state.withLock { $0.isOver = true } }
        }

        /// Verifies the current token again and again at the servers of one proxy. Returns how often the token was
        /// good and how often its log-in was ended.
        ///
        /// An answer must not contradict an end that was acknowledged before the question was sent.
        private static func watch(_ ends: Ends, at port: Int) async throws -> (good: Int, ended: Int) {
            let client = try await Client(port: port)
            var counts = (good: 0, ended: 0)
            while !ends.isOver, !Task.isCancelled {
                let logIn = ends.current
                let isEnded = ends.ended >= logIn.number
                let reply = try await client.ask("VERIFY TOKEN=\(logIn.token)")
                if reply.hasPrefix("250 ") {
                    #expect(!isEnded, "log-in \(logIn.number) was ended, and is good: \(reply)")
                    counts.good += 1
                } else {
                    #expect(reply.hasPrefix("535 5.7.8 "), "\(reply)")
                    counts.ended += 1
                }
            }
            await client.close()
            return counts
        }

        @Test(
            "No node accepts a token after LOGOUT EVERYWHERE is acknowledged, even under steady load",
            arguments: Engine.allCases)
        func coherence(on engine: Engine) async throws {
            try await Revocation.nodes(on: engine) { site, port, first, second, _ in
                let ends = Ends()
                try await first.logIn("alice")
                ends.begin(Ends.LogIn(number: 1, token: try await first.ask("TOKEN").after("250 2.0.0 ")))
                try await withThrowingTaskGroup(of: (good: Int, ended: Int).self) { group in
                    for port in [site.port, port, site.port, port] {
                        group.addTask { try await Self.watch(ends, at: port) }
                    }
                    for number in 1...20 {
                        let here = number.isMultiple(of: 2) ? first : second
                        for _ in 0..<3 { #expect(try await here.ask("SIGN x").hasPrefix("250 ")) }
                        try await here.expect("250 2.0.0 Logged out everywhere", to: "LOGOUT EVERYWHERE")
                        ends.end(ends.current)
                        let there = number.isMultiple(of: 2) ? second : first
                        #expect(try await there.ask("SIGN x").hasPrefix("530 "))
                        for client in [here, there] { try await client.logIn("alice") }
                        let token = try await there.ask("TOKEN").after("250 2.0.0 ")
                        ends.begin(Ends.LogIn(number: number + 1, token: token))
                    }
                    ends.finish()
                    var total = (good: 0, ended: 0)
                    for try await counts in group { total = (total.good + counts.good, total.ended + counts.ended) }
                    #expect(total.good > 0 && total.ended > 0)
                }
            }
        }
    }
}
