import Commands
import Foundation
import Seal
import Signing
import TestKit
import Testing
import Wire

@Suite("Log-in with a token")
struct TokenLogInTests {
    private static let foreign = "535 5.7.8 This is not a token of this site"
    private static let expired = "535 5.7.8 The token has expired"

    private static func bench() async throws -> Bench {
        let bench = try Bench()
        #expect(try await bench.answer("SIGNUP alice \"correct horse\"").reply.code == 250)
        return bench
    }

    private static func token(
        _ bench: Bench, key: SigningKey? = nil, issuer: String = "test", audience: String = "test",
        subject: String = "alice", epoch: Int = 0, after: Int = 0
    ) throws -> String {
        try TokenSigner(key: key ?? bench.key, issuer: issuer, audience: audience)
            .issue(subject: subject, epoch: epoch, now: bench.clock.now + after, lifetime: 100)
    }

    /// Returns tokens that PyJWT makes with the same claims, and with other algorithms, keys and headers. PyJWT
    /// refuses a public key in PEM as a secret, so the script passes its raw bytes.
    private static func foreigners(_ bench: Bench) async throws -> [String] {
        let script = """
            import jwt, sys
            kid, pem, raw, now = sys.argv[1:]
            claims = dict(iss="test", aud="test", sub="alice", iat=int(now), exp=int(now) + 100, epoch=0, jti="x")
            print(jwt.encode(claims, None, algorithm="none", headers={"kid": kid}))
            print(jwt.encode(claims, bytes.fromhex(raw), algorithm="HS256", headers={"kid": kid}))
            print(jwt.encode(claims, "secret", algorithm="HS512", headers={"kid": kid}))
            from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
            own = ed25519.Ed25519PrivateKey.generate()
            print(jwt.encode(claims, own, algorithm="EdDSA", headers={"kid": kid}))
            print(jwt.encode(claims, own, algorithm="EdDSA"))
            print(jwt.encode(claims, rsa.generate_private_key(65537, 2048), algorithm="RS256", headers={"kid": kid}))
            """
        let key = bench.key.publicKey
        let raw = key.raw.map { String(format: "%02x", $0) }.joined()
        let result = try await Tool.run(
            "/usr/bin/python3", ["-W", "ignore", "-c", script, key.id, key.pem, raw, "\(bench.clock.now)"])
        guard result.status == 0 else { throw Mismatch(result.errors) }
        return result.output.split(separator: "\n").map(String.init)
    }

    @Test("TOKEN hands out a token with which another session continues, until the session's own would expire")
    func own() async throws {
        let bench = try await Self.bench()
        let own = try await bench.logIn()
        bench.clock.advance(100)
        let token = try await bench.answer("TOKEN", token: own).body
        #expect(token != own)
        let answer = try await bench.answer("LOGIN TOKEN=\(token)", peer: "other", lane: 7)
        #expect(answer == Answer(Reply(235, "2.7.0", "Logged in as alice"), effect: .token(token)))
        #expect(try await bench.answer("TOKEN", token: token).body == token)
        let (first, second) = (
            try bench.identities.bearer(of: own).claims, try bench.identities.bearer(of: token).claims
        )
        #expect(second.exp == first.exp && second.sub == "alice" && second.epoch == first.epoch)
        #expect(first.proof == LogInProof(.password, at: first.iat) && !second.mentionsProof)
    }

    @Test("A session that continues with another session's own token has no proof of a log-in")
    func stripped() async throws {
        let bench = try await Self.bench()
        let own = try await bench.logIn()
        guard case .token(let token) = try await bench.answer("LOGIN TOKEN=\(own)").effect else {
            throw Mismatch("no token")
        }
        #expect(try !bench.identities.bearer(of: token).claims.mentionsProof)
    }

    @Test("LOGIN and VERIFY refuse a token of another site as such")
    func refused() async throws {
        let bench = try await Self.bench()
        let good = try Self.token(bench)
        let foreigners = try await Self.foreigners(bench)
        #expect(foreigners.count == 6)
        let bad =
            foreigners + [
                try Self.token(bench, after: 61), try Self.token(bench, issuer: "other"),
                try Self.token(bench, audience: "other"), try Self.token(bench, key: SigningKey()),
                "x", "..", "\"\(good) \"", "\"\(good.replacing(".", with: " "))\"", good + ".", "\u{e9}" + good,
            ] + stride(from: 1, to: good.count, by: 5).map { String(good.prefix($0)) }
        for token in bad {
            for line in ["LOGIN TOKEN=\(token)", "VERIFY TOKEN=\(token)"] {
                #expect(
                    try await bench.answer(line) == Answer(Reply(535, "5.7.8", "This is not a token of this site")),
                    "\(line)")
            }
        }
        #expect(bench.reports == [])
        #expect(try await bench.answer("LOGIN TOKEN=\(good)").reply.code == 235)
    }

    @Test("An expired token and an ended token each have their own refusal")
    func ended() async throws {
        let bench = try await Self.bench()
        let ended = "535 5.7.8 The account has ended this token"
        #expect(try await bench.answer("LOGIN TOKEN=\(Self.token(bench, after: -100))").line == Self.expired)
        #expect(try await bench.answer("LOGIN TOKEN=\(Self.token(bench, after: -99))").reply.code == 235)
        #expect(try await bench.answer("LOGIN TOKEN=\(Self.token(bench, epoch: 1))").line == ended)
        #expect(try await bench.answer("LOGIN TOKEN=\(Self.token(bench, subject: "nobody"))").line == ended)
        let token = try await bench.logIn()
        #expect(try await bench.answer("LOGOUT everywhere", token: token).effect == .loggedOut)
        #expect(try await bench.answer("LOGIN TOKEN=\(token)").line == ended)
        #expect(try await bench.answer("VERIFY TOKEN=\(token)").line == ended)
        #expect(try await bench.answer("LOGIN TOKEN=\(Self.token(bench, epoch: 1))").reply.code == 235)
    }
}
