import Foundation
import NIOCore
import Seal
import Signing
import Store
import TestKit
import Testing
import Wire

@testable import Commands

@Suite("Commands that need a recent log-in by password or key")
struct RecentLogInTests {
    private static let refusal = Failure.logInAgain.reply

    private static func bench() async throws -> Bench {
        let bench = try Bench()
        #expect(try await bench.answer("SIGNUP alice \"correct horse\"").reply.code == 250)
        return bench
    }

    private static func key() throws -> String { try SSHPublicKey(raw: SigningKey().rawPublicKey, comment: "").line }

    private static func lines() throws -> [String] {
        [
            "ADDKEY \(try key())", "DROPKEY SHA256:x", "PASSWD \"correct horse\" \"battery staple\"",
            "PASSWD \"\" \"battery staple\"", "RECOVERY \"correct horse\"",
        ]
    }

    @Test("Only five commands need a recent log-in")
    func declared() throws {
        let specs = try Site().registry.manifest.specs
        #expect(specs.filter(\.needsRecentLogIn).map(\.name) == ["ERASE", "PASSWD", "RECOVERY", "ADDKEY", "DROPKEY"])
    }

    @Test("A token that was handed out never counts as a recent log-in")
    func handedOut() async throws {
        let bench = try await Self.bench()
        let own = try await bench.logIn()
        let token = try await bench.answer("TOKEN", token: own).body
        guard case .token(let gone) = try await bench.answer("LOGIN TOKEN=\(token)", lane: 2).effect else {
            throw Mismatch("no token")
        }
        for line in try Self.lines() {
            // The token is tried in the session that logged in with it, and as a token that a link sends for its
            // lane.
            #expect(try await bench.answer(line, token: gone, lane: 2).reply == Self.refusal)
            #expect(try await bench.answer(line, token: token, lane: 3).reply == Self.refusal)
            #expect(try await bench.answer(line).reply == Failure.logInFirst.reply)
        }
        #expect(try await bench.answer("LISTKEYS", token: own).line == "250 2.0.0 No keys")
        #expect(try await bench.answer("ADDKEY \(Self.key())", token: own).reply.code == 250)
        #expect(try await bench.answer("PASSWD \"correct horse\" \"battery staple\"", token: own).reply.code == 250)
    }

    @Test("A log-in is recent for ten minutes, and a log-in from the future is not recent")
    func times() async throws {
        let bench = try await Self.bench()
        let token = try await bench.logIn()
        bench.clock.advance(599)
        #expect(try await bench.answer("ADDKEY \(Self.key())", token: token).reply.code == 250)
        bench.clock.advance(1)
        for line in try Self.lines() { #expect(try await bench.answer(line, token: token).reply == Self.refusal) }
        #expect(try await bench.answer("WHOAMI", token: token).reply.code == 250)
        for (ahead, isRecent) in [
            (60, true), (61, false), (100_000, false), (-599, true), (-600, false), (.min, false),
        ] {
            let time = ahead == .min ? Int.min : bench.clock.now + ahead
            let future = try bench.keys.issue(
                to: AccountName("alice")!, epoch: 0, lifetime: 100, proof: LogInProof(.password, at: time))
            let code = try await bench.answer("ADDKEY \(Self.key())", token: future).reply.code
            #expect(code == (isRecent ? 250 : 530), "\(ahead)")
        }
    }

    @Test("A change of the password keeps the time of the log-in, and ends the earlier tokens")
    func passwd() async throws {
        let bench = try await Self.bench()
        let token = try await bench.logIn()
        let time = bench.clock.now
        bench.clock.advance(300)
        let answer = try await bench.answer("PASSWD \"correct horse\" \"battery staple\"", token: token)
        guard case .token(let new) = answer.effect else { throw Mismatch("no token") }
        #expect(try bench.identities.bearer(of: new).claims.proof == LogInProof(.password, at: time))
        bench.clock.advance(300)
        #expect(try await bench.answer("ADDKEY \(Self.key())", token: new).reply == Self.refusal)
    }

    @Test("A log-in by a key counts as recent, so an account with only a key can get its first password")
    func byKey() async throws {
        let key = try await SSHKey()
        let bench = try Bench()
        #expect(try await bench.answer("SIGNUP KEY=\"\(key.line)\" alice").reply.code == 250)
        let challenge = try await bench.answer("CHALLENGE alice").body
        let answer = try await bench.answer("LOGIN CHALLENGE=\(challenge) ", literal: try await key.sign(challenge))
        guard case .token(let own) = answer.effect else { throw Mismatch("not logged in") }
        #expect(try bench.identities.bearer(of: own).claims.proof == LogInProof(.key, at: bench.clock.now))
        let token = try await bench.answer("TOKEN", token: own).body
        #expect(try await bench.answer("PASSWD \"\" \"battery staple\"", token: token).reply == Self.refusal)
        #expect(try await bench.answer("PASSWD \"\" \"battery staple\"", token: own).reply.code == 250)
    }
}

@Suite("The site's own keys")
struct SiteKeyTests {
    private static func line(_ pem: String) throws -> String {
        // The SubjectPublicKeyInfo of RFC 8410 ends with the 32 bytes of the key.
        let base64 = pem.split(separator: "\n").dropFirst().dropLast().joined()
        let raw = try #require(Data(base64Encoded: base64)).suffix(32)
        return try SSHPublicKey(raw: Array(raw), comment: "mine").line
    }

    @Test("ADDKEY and SIGNUP refuse the signing keys of accounts and the keys of tokens")
    func refused() async throws {
        let bench = try Bench()
        for name in ["alice", "bob"] {
            #expect(try await bench.answer("SIGNUP \(name) \"correct horse\"").reply.code == 250)
        }
        let token = try await bench.logIn()
        var lines = [try SSHPublicKey(raw: bench.key.rawPublicKey, comment: "").line]
        for name in ["alice", "bob"] {
            lines.append(try Self.line(try await bench.answer("PUBKEY \(name)").body))
        }
        for line in lines {
            #expect(try await bench.answer("ADDKEY \(line)", token: token).reply == Failure.siteKey.reply)
            let given = try await bench.answer("ADDKEY ", literal: line + "\n", token: token)
            #expect(given.reply == Failure.siteKey.reply)
            #expect(try await bench.answer("SIGNUP KEY=\"\(line)\" carol").reply == Failure.siteKey.reply)
        }
        #expect(try await bench.answer("LISTKEYS", token: token).line == "250 2.0.0 No keys")
        #expect(try await bench.store.account(named: "carol") == nil)
    }

    /// Returns a signature in the form of `ssh-keygen -Y sign`, made with one of our keys.
    private static func signature(of text: String, by key: SigningKey) throws -> String {
        func string(_ bytes: some Collection<UInt8>) -> [UInt8] {
            [0, 0, UInt8(bytes.count >> 8), UInt8(bytes.count & 0xFF)] + bytes
        }
        let magic = Array("SSHSIG".utf8)
        let names = string("clavero".utf8) + string([]) + string("sha256".utf8)
        let signed = magic + names + string(SHA256.digest(Array(text.utf8).span.bytes))
        let type = string("ssh-ed25519".utf8)
        let value = try key.sign(signed.span.bytes)
        let publicKey = string(type + string(key.rawPublicKey))
        let blob = magic + [0, 0, 0, 1] + publicKey + names + string(type + string(value))
        let digits = Array(Data(blob).base64EncodedString())
        let lines = stride(from: 0, to: digits.count, by: 70).map { String(digits[$0..<min($0 + 70, digits.count)]) }
        return (["-----BEGIN SSH SIGNATURE-----"] + lines + ["-----END SSH SIGNATURE-----"]).joined(separator: "\n")
    }

    @Test("A site's own key cannot log in even if it is stored as a log-in key, and another key can")
    func stored() async throws {
        let bench = try Bench()
        #expect(try await bench.answer("SIGNUP alice \"correct horse\"").reply.code == 250)
        for (key, reply) in [
            (bench.key, Failure.wrongSignature.reply), (SigningKey(), Reply(235, "2.7.0", "Logged in as alice")),
        ] {
            let loginKey = LoginKey(publicKey: key.rawPublicKey, comment: "", created: 1)
            #expect(try await bench.store.addLoginKey(loginKey, to: "alice", limit: 16))
            let challenge = try await bench.answer("CHALLENGE alice").body
            let signature = try Self.signature(of: challenge, by: key)
            #expect(try await bench.answer("LOGIN CHALLENGE=\(challenge) ", literal: signature).reply == reply)
        }
    }
}
