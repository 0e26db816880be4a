import TestKit
import Testing

@Suite("Many simultaneous sessions")
struct ManySessionsTests {
    /// The site has one thread that hashes passwords, and 64 passwords may wait for it.
    @Test(
        "Two hundred sessions finish, including those that are refused at first because the hasher is full",
        .timeLimit(.minutes(5)))
    func finish() async throws {
        let site = try Site()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<200 {
                group.addTask { try await Self.run(Conversation(site.session()), "user\(number)") }
            }
            try await group.waitForAll()
        }
        #expect(site.reports.all == [])
    }

    private static func run(_ session: sending Conversation, _ name: String) async throws {
        _ = try await session.reply()
        let signedUp = try await ask("SIGNUP \(name) \"correct horse\"", session)
        #expect(signedUp == "250 2.0.0 \(name) signed up, key 1")
        let loggedIn = try await ask("LOGIN \(name) \"correct horse\"", session)
        #expect(loggedIn == "235 2.7.0 Logged in as \(name)")
        let sealed = try await session.ask("ENCRYPT attack at dawn").dropFirst(10)
        #expect(try await session.ask("DECRYPT \(sealed)") == "250 2.0.0 FROM=\(name) attack at dawn")
        #expect(try await session.ask("QUIT") == "221 2.0.0 Bye")
        #expect(try await session.line() == nil)
    }

    /// Sends the line until the reply is not the refusal for too many waiting passwords, and returns the reply.
    private static func ask(_ line: String, _ session: Conversation) async throws -> String {
        while true {
            try Task.checkCancellation()
            let reply = try await session.ask(line)
            guard reply.hasPrefix("450 4.3.2 Too many passwords ") else { return reply }
        }
    }
}
