import Synchronization
import TestKit
import Testing

extension EndToEnd {
    @Suite("Sessions while strangers flood the proxy", .serialized)
    struct Floods {
        /// The number of bytes that all clients of the flood have received.
        private final class Received: Sendable {
            private let count = Atomic(0)
            var value: Int { count.load(ordering: .relaxed) }
            func add(_ bytes: Int) { count.add(bytes, ordering: .relaxed) }
        }

        /// The answers of each flood have some 200 MB, so on a busy machine too they take much longer than three requests.
        @Test("Other sessions are answered long before the flood", arguments: [("COMMANDS", 1_200), ("HELP", 8_000)])
        func others(_ verb: String, requests: Int) async throws {
            try await LiveSite.run(proxy: ["--threads", "1"]) { site in
                let other = try await Client(port: site.port, as: "alice")
                let flood = Array((String(repeating: "\(verb)\r\n", count: requests) + "QUIT\r\n").utf8)
                let sockets = try (0..<20).map { _ in try SocketTransport(port: site.port) }
                let received = Received()
                let answered = try await withThrowingTaskGroup { group in
                    for socket in sockets { try await socket.write(flood) }
                    // The second read goes beyond the greeting. It shows that the proxy has begun to answer the
                    // flood.
                    for _ in 0..<2 { received.add(try await sockets[0].read()?.count ?? 0) }
                    for socket in sockets {
                        group.addTask { while let bytes = try await socket.read() { received.add(bytes.count) } }
                    }
                    try await other.expect("250 2.0.0 OK", to: "NOOP")
                    try await other.expect("250 2.0.0 alice", to: "WHOAMI")
                    #expect(try await other.ask("SIGN x").hasPrefix("250 2.0.0 clvs1.alice."))
                    let answered = received.value
                    try await group.waitForAll()
                    return answered
                }
                #expect(answered < received.value / 2, "\(answered) of \(received.value)")
                for socket in sockets { await socket.close() }
                await other.close()
            }
        }
    }
}
