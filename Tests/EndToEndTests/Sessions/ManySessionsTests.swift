import TestKit
import Testing

extension EndToEnd {
    @Suite("A hundred sessions")
    struct ManySessions {
        private static let sessions = 100
        private static let requests = 10

        @Test("Each session gets only its own replies, in order")
        func atOnce() async throws {
            try await LiveSite.run(server: ["--hasher-queue", "1000"]) { site in
                let port = site.port
                try await withThrowingTaskGroup { group in
                    for number in 0..<Self.sessions {
                        group.addTask { try await Self.session(port, "user-\(number)") }
                    }
                    try await group.waitForAll()
                }
            }
        }

        private static func session(_ port: Int, _ name: String) async throws {
            let client = try await Client(port: port, as: name)
            let messages = (0..<requests).map { "\(name) \($0) \(UInt64.random(in: 0...UInt64.max))" }
            try await client.write(messages.map { "ENCRYPT \($0)\r\nWHOAMI\r\nSIGN \($0)\r\n" }.joined())
            var made: [(sealed: String, signature: String)] = []
            for _ in messages {
                let sealed = try await client.line()!.after("250 2.0.0 clv1.")
                #expect(try await client.line() == "250 2.0.0 \(name)")
                let signature = try await client.line()!.after("250 2.0.0 clvs1.\(name).1.")
                made.append(("clv1." + sealed, "clvs1.\(name).1." + signature))
            }
            let requests = zip(messages, made).map { message, made in
                "DECRYPT \(made.sealed)\r\nVERIFY \(made.signature) \(message)\r\nWHOAMI\r\n"
            }
            try await client.write(requests.joined())
            for message in messages {
                #expect(try await client.line() == "250 2.0.0 FROM=\(name) \(message)")
                #expect(try await client.line() == "250 2.0.0 \(name) signed this with key 1")
                #expect(try await client.line() == "250 2.0.0 \(name)")
            }
            try await client.expect("221 2.0.0 Bye", to: "QUIT")
            #expect(try await client.line() == nil)
            await client.close()
        }
    }
}
