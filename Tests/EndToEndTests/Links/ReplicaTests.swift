import Foundation
import Synchronization
import TestKit
import Testing

extension EndToEnd {
    @Suite("Replicas: two servers of each kind on one database", .serialized)
    struct Replicas {
        @Test("Sessions are spread over the servers, stay there, and keep the order of their requests")
        func spread() async throws {
            try await Pairs.run { pairs in
                let first = try await Client(port: pairs.proxy.port, as: "alice")
                var clients = [first]
                for _ in 0..<7 {
                    let client = try await Client(port: pairs.proxy.port)
                    try await client.logIn("alice")
                    clients.append(client)
                }
                for client in clients {
                    try await client.write(
                        (0..<50).map { "PUBKEY \($0.isMultiple(of: 2) ? "alice" : "nobody")\r\n" }.joined())
                    for number in 0..<50 {
                        let reply = try #require(try await client.reply().last)
                        #expect(reply.hasPrefix(number.isMultiple(of: 2) ? "250 " : "550 "), "\(number): \(reply)")
                    }
                }
                // Each of the 8 sessions got 25 replies with 250, and the first one also got that reply to SIGNUP.
                let done = [try await pairs.done(pairs.keys[0]), try await pairs.done(pairs.keys[1])]
                #expect(done.sorted() == [100, 101])
            }
        }

        @Test("After kill -9 of a server no repeatable request fails, and it is used again after a restart")
        func kill() async throws {
            try await Pairs.run { pairs in
                let monitor = try await Monitor(pairs.proxy.program)
                try await Load.run(pairs.proxy.port) { load in
                    for server in [pairs.keys[0], pairs.auth[0], pairs.keys[1], pairs.auth[1]] {
                        server.program.signal(SIGKILL)
                        _ = try await server.program.status()
                        try await load.more()
                        #expect(try await monitor.get("/readyz") == (200, "ready\n"))
                        try await server.start()
                        try await monitor.wait(for: 1, Pairs.links(server))
                        try await load.more()
                    }
                    #expect(load.failures == [])
                }
                // All sessions have moved to the other server by now.
                let before = try await pairs.done(pairs.keys[1])
                let client = try await Client(port: pairs.proxy.port)
                #expect(try await client.ask("PUBKEY alice").hasPrefix("250 "))
                #expect(try await pairs.done(pairs.keys[1]) == before + 1)
            }
        }

        @Test("After SIGSTOP of a server others answer its requests within seconds, and it is used again later")
        func stop() async throws {
            try await Pairs.run { pairs in
                let monitor = try await Monitor(pairs.proxy.program)
                try await Load.run(pairs.proxy.port) { load in
                    for server in [pairs.keys[0], pairs.auth[1]] {
                        server.program.signal(SIGSTOP)
                        try await monitor.wait(for: 0, Pairs.links(server))
                        try await load.more()
                        server.program.signal(SIGCONT)
                        try await monitor.wait(for: 1, Pairs.links(server))
                        try await load.more()
                    }
                    #expect(load.failures == [])
                    #expect(load.slowest < .seconds(25))
                }
            }
        }

        /// The names of the accounts that clients signed up, by outcome.
        private final class Told: Sendable {
            private let names = Mutex((kept: [String](), lost: [String]()))
            var kept: [String] { names.withLock { $0.kept } }
            var lost: [String] { names.withLock { $0.lost } }

            /// Signs up one name after another until the task is cancelled.
            func signUp(_ stream: Int, _ port: Int) async throws {
                let client = try await Client(port: port)
                var number = 0
                while !Task.isCancelled {
                    let name = "s\(stream)-\(number)"
                    let reply = try await client.ask("SIGNUP \(name) \"correct horse\"")
                    #expect(reply.hasPrefix("250 ") || reply.hasPrefix("451 4.4.2 "), "\(reply)")
                    let isKept = reply.hasPrefix("250 ")
                    names.withLock { if isKept { $0.kept.append(name) } else { $0.lost.append(name) } }
                    number += 1
                }
            }
        }

        @Test("A request that may not be repeated is never run twice, so no sign-up finds its own name taken")
        func once() async throws {
            try await Pairs.run { pairs in
                let told = Told()
                let monitor = try await Monitor(pairs.proxy.program)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for stream in 0..<4 { group.addTask { try await told.signUp(stream, pairs.proxy.port) } }
                    for round in 0..<6 {
                        try await eventually { told.kept.count >= (round + 1) * 20 }
                        let server = pairs.keys[round % 2]
                        server.program.signal(SIGKILL)
                        _ = try await server.program.status()
                        try await server.start()
                        try await monitor.wait(for: 1, Pairs.links(server))
                    }
                    group.cancelAll()
                    try await group.waitForAll()
                }
                let client = try await Client(port: pairs.proxy.port)
                for name in told.kept { try await client.logIn(name) }
                #expect(told.lost.count <= 6 * 4)
            }
        }
    }
}
