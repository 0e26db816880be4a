import Foundation
import Synchronization
import TestKit
import Testing

extension EndToEnd {
    @Suite("A server whose hasher is full", .serialized)
    struct BusyHasher {
        /// The replies to eight simultaneous log-ins, in the order of their arrival.
        private final class Told: Sendable {
            private let replies = Mutex<[String]>([])
            var all: [String] { replies.withLock { $0 } }
            var hashed: Int { all.count { $0.hasPrefix("535 ") } }
            var busy: Int { all.count { $0.hasPrefix("450 4.3.2 ") } }
            func add(_ reply: String) { replies.withLock { $0.append(reply) } }
        }

        /// Each hash takes so long that all log-ins arrive before the first hash is finished.
        @Test("While the hasher is full another log-in is refused at once, and other commands still work")
        func full() async throws {
            let options = ["--password-cost", "16,8,1", "--hasher-threads", "1", "--hasher-queue", "16"]
            try await LiveSite.run(server: options, proxy: ["--threads", "1"]) { site in
                let client = try await Client(port: site.port, as: "alice")
                let (told, port) = (Told(), site.port)
                try await withThrowingTaskGroup { group in
                    for number in 0..<8 {
                        group.addTask {
                            let other = try await Client(port: port)
                            told.add(try await other.ask("LOGIN user\(number) \"correct horse\""))
                            await other.close()
                        }
                    }
                    try await eventually { told.busy > 0 || told.all.count == 8 }
                    try await client.expect("250 2.0.0 alice", to: "WHOAMI")
                    #expect(try await client.ask("ENCRYPT x").hasPrefix("250 2.0.0 clv1."))
                    #expect(try await client.ask("SIGN x").hasPrefix("250 2.0.0 clvs1."))
                    #expect(told.hashed < 4)
                    try await group.waitForAll()
                }
                #expect(told.hashed >= 4 && told.busy > 0 && told.hashed + told.busy == 8, "\(told.all)")
                try await client.logIn("alice")
                await client.close()
            }
        }
    }
}
