import Commands
import Seal
import Signing
import TestKit
import Testing
import Wire

@Suite("The account that a session acts for")
struct IdentitiesTests {
    /// The reply of clavero-protocol(7) to a token that is no longer good.
    private static let ended = Answer(
        Reply(530, "5.7.1", "The log-in has ended; log in again"), effect: .loggedOut)
    private static let alice = Answer(Reply(250, "2.0.0", "alice"))

    /// Makes a bench with the account alice.
    private static func bench() async throws -> Bench {
        let bench = try Bench()
        #expect(try await bench.answer("SIGNUP alice \"correct horse\"").reply.code == 250)
        return bench
    }

    private static func token(
        _ bench: Bench, key: SigningKey? = nil, issuer: String = "test", audience: String = "test",
        subject: String = "alice", epoch: Int = 0, after: Int = 0, lifetime: Int = 3600
    ) throws -> String {
        try TokenSigner(key: key ?? bench.key, issuer: issuer, audience: audience)
            .issue(subject: subject, epoch: epoch, now: bench.clock.now + after, lifetime: lifetime)
    }

    @Test("A good token acts for its account, including the second time, up to its last second")
    func good() async throws {
        let bench = try await Self.bench()
        let token = try Self.token(bench, after: 60, lifetime: 10)
        #expect(try await bench.answer("WHOAMI", token: token) == Self.alice)
        bench.clock.advance(69)
        #expect(try await bench.answer("WHOAMI", token: token) == Self.alice)
        #expect(bench.reports == [])
    }

    @Test("A command without a token asks for a log-in, and nothing else happens")
    func none() async throws {
        let answer = try await Self.bench().answer("WHOAMI")
        #expect(answer == Answer(Reply(530, "5.7.0", "Log in first")))
    }

    /// Tokens that do not belong to this site, or are no longer good.
    private static let bad: [(String, @Sendable (Bench) throws -> String)] = [
        ("expired", { try token($0, after: -10, lifetime: 10) }),
        ("from the future", { try token($0, after: 61) }),
        ("of another issuer", { try token($0, issuer: "other") }),
        ("for another audience", { try token($0, audience: "other") }),
        ("signed by another key", { try token($0, key: SigningKey()) }),
        (
            "signed by another key under this one's name",
            { bench in
                let header = try token(bench).prefix { $0 != "." }
                return try String(header) + token(bench, key: SigningKey()).drop { $0 != "." }
            }
        ),
        ("of an unknown account", { try token($0, subject: "bob") }),
        ("of another spelling", { try token($0, subject: "Alice") }),
        ("of a later epoch", { try token($0, epoch: 1) }),
        ("of an earlier epoch", { try token($0, epoch: -1) }),
        ("without its last character", { try String(token($0).dropLast()) }),
        ("without its signature", { try token($0).split(separator: ".").dropLast().joined(separator: ".") }),
        ("with an empty signature", { try token($0).split(separator: ".").dropLast().joined(separator: ".") + "." }),
        ("unsigned", { try "eyJhbGciOiJub25lIn0." + token($0).split(separator: ".")[1] + "." }),
        ("empty", { _ in "" }),
        ("too long", { try token($0) + String(repeating: "A", count: 2048) }),
    ]

    @Test("A token that is not good ends the log-in", arguments: bad.indices)
    func refused(_ index: Int) async throws {
        let (what, make) = Self.bad[index]
        let bench = try await Self.bench()
        let token = try make(bench)
        for _ in 0..<2 { #expect(try await bench.answer("WHOAMI", token: token) == Self.ended, "\(what)") }
        #expect(bench.reports == [])
    }

    @Test("A token that was checked before still expires")
    func cachedExpiry() async throws {
        let bench = try await Self.bench()
        let token = try Self.token(bench, lifetime: 10)
        #expect(try await bench.answer("WHOAMI", token: token) == Self.alice)
        bench.clock.advance(10)
        for _ in 0..<2 { #expect(try await bench.answer("WHOAMI", token: token) == Self.ended) }
        let reply = try await bench.answer("VERIFY TOKEN=\(token)").reply
        #expect(reply == Reply(535, "5.7.8", "The token has expired"))
    }

    @Test("A token that was checked before ends when its account changes, and the new token is good")
    func cachedChange() async throws {
        let bench = try await Self.bench()
        let token = try await bench.logIn()
        #expect(try await bench.answer("WHOAMI", token: token) == Self.alice)
        let change = try await bench.answer("PASSWD \"correct horse\" \"battery staple\"", token: token)
        guard case .token(let new) = change.effect else { throw Mismatch("no new token: \(change)") }
        #expect(try await bench.answer("WHOAMI", token: token) == Self.ended)
        #expect(try await bench.answer("WHOAMI", token: new) == Self.alice)
        let reply = try await bench.answer("VERIFY TOKEN=\(token)").reply
        #expect(reply == Reply(535, "5.7.8", "The account has ended this token"))
    }

    @Test("A session whose token has expired is logged out, and may log in again")
    func session() async throws {
        let bench = try await Self.bench()
        let session = try await bench.session()
        #expect(try await session.ask("LOGIN alice \"correct horse\"") == "235 2.7.0 Logged in as alice")
        bench.clock.advance(3600)
        #expect(try await session.ask("WHOAMI") == "530 5.7.1 The log-in has ended; log in again")
        #expect(try await session.ask("WHOAMI") == "530 5.7.0 Log in first")
        #expect(try await session.ask("LOGIN alice \"correct horse\"") == "235 2.7.0 Logged in as alice")
        #expect(try await session.ask("WHOAMI") == "250 2.0.0 alice")
    }
}
