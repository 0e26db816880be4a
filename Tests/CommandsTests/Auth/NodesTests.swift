import TestKit
import Testing
import Wire

/// These tests guard against a fault like Vault #1174, where a second node used a stale policy.
@Suite("A second server on the same database")
struct NodesTests {
    private static let ended = Answer(
        Reply(530, "5.7.1", "The log-in has ended; log in again"), effect: .loggedOut)

    /// The changes that one server makes. Each has its command, whether the operator issues it, and the reply that
    /// the other server then gives to a log-in with the old password.
    private static let changes: [(line: String, isOperators: Bool, logIn: String)] = [
        ("PASSWD \"correct horse\" \"battery staple\"", false, "535 5.7.8 Wrong name or password"),
        ("LOGOUT EVERYWHERE", false, "235 2.7.0 Logged in as alice"),
        ("DISABLE alice", true, "550 5.7.13 The account is disabled; ask the operator"),
        ("FORGET alice alice", true, "535 5.7.8 Wrong name or password"),
    ]

    @Test("A second server notices at once what the first has changed", arguments: changes.indices)
    func change(_ index: Int) async throws {
        let (line, isOperators, logIn) = Self.changes[index]
        let first = try Bench()
        let second = try Bench(beside: first)
        #expect(try await first.answer("SIGNUP alice \"correct horse\"").reply.code == 250)
        let token = try await first.logIn()
        let other = try await second.logIn()
        let signature = try await second.answer("SIGN hello", token: token).body
        for _ in 0..<2 {
            for token in [token, other] {
                #expect(try await second.answer("WHOAMI", token: token).line == "250 2.0.0 alice")
            }
        }
        #expect(try await first.answer(line, token: isOperators ? nil : token).reply.code == 250)
        for token in [token, other] {
            for line in ["WHOAMI", "SIGN hello", "TOKEN", "LOGOUT", "PASSWD \"correct horse\" \"another one\""] {
                #expect(try await second.answer(line, token: token) == Self.ended, "\(line)")
            }
            let resumed = try await second.answer("LOGIN TOKEN=\(token)")
            #expect(resumed.line == "535 5.7.8 The account has ended this token")
        }
        #expect(try await second.answer("LOGIN alice \"correct horse\"").line == logIn)
        let verified = try await second.answer("VERIFY \(signature) hello").reply.code
        #expect(verified == (line.hasPrefix("FORGET") ? 550 : 250))
    }

    @Test("A second server accepts an account that the first has enabled again, but not its old tokens")
    func enable() async throws {
        let first = try Bench()
        let second = try Bench(beside: first)
        #expect(try await first.answer("SIGNUP alice \"correct horse\"").reply.code == 250)
        let token = try await second.logIn()
        #expect(try await first.answer("DISABLE alice").reply.code == 250)
        #expect(try await first.answer("ENABLE alice").reply.code == 250)
        #expect(try await second.answer("WHOAMI", token: token) == Self.ended)
        #expect(try await second.answer("WHOAMI", token: try await second.logIn()).line == "250 2.0.0 alice")
    }
}
