import Audit
import Foundation
import Glibc
import Seal
import Signing
import Store
import TestKit
import Testing
import Wire

@testable import Commands

@Suite("Storage limits for clients without an account", .timeLimit(.minutes(5)))
struct StrangerTests {
    private static func key() throws -> String {
        try SSHPublicKey(raw: SigningKey().publicKey.raw, comment: "").line
    }

    @Test("A client's sign-up counts towards the bounds of its networks")
    func bounds() {
        var bounds = SignUpBounds()
        (bounds.network, bounds.hour) = (3, 7)
        func text(_ peer: String) -> [String] { bounds.bounds(for: peer).map { "\($0.source) \($0.limit)" } }
        #expect(text("192.0.2.7:4711") == ["192.0.2.0/24 3", "everywhere 7"])
        #expect(text("[2001:db8:1:2::5]:25") == ["2001:db8:1:2::/64 3", "2001:db8:1::/48 12", "everywhere 7"])
        #expect(text("[::ffff:192.0.2.7]:1") == ["192.0.2.0/24 3", "everywhere 7"])
        for peer in ["local", "127.0.0.1:9", "[::1]:9", "[::ffff:127.0.0.1]:9"] { #expect(text(peer) == []) }
        // An address that only resembles one of this machine, or none at all, does not count as this machine.
        for peer in ["127.0.0.66:9", "[::ffff:127.0.1.1]:9", "[::2]:9", "unknown", ""] { #expect(text(peer) != []) }
        (bounds.network, bounds.hour) = (nil, nil)
        #expect(text("192.0.2.7:4711") == [])
    }

    @Test("The bound of a network holds for two servers and after a restart, but not for others or this machine")
    func networks() async throws {
        var setup = Bench.Setup()
        setup.policy.signUpBounds.network = 3
        let first = try Bench(setup)
        let second = try Bench(beside: first, setup)
        func code(_ number: Int, on bench: Bench, _ peer: String) async throws -> Int {
            try await bench.answer("SIGNUP KEY=\"\(try Self.key())\" u\(number)", peer: peer).reply.code
        }
        var codes: [Int] = []
        for number in 0..<8 {
            codes.append(try await code(number, on: number % 2 == 0 ? first : second, "192.0.2.\(number):1"))
        }
        #expect(codes == [250, 250, 250, 450, 450, 450, 450, 450])
        #expect(try await code(8, on: try Bench(beside: first, setup), "192.0.2.9:1") == 450)
        #expect(try await code(9, on: first, "198.51.100.1:1") == 250)
        for number in 10..<20 { #expect(try await code(number, on: first, "127.0.0.1:1") == 250) }
    }

    @Test("An IPv6 site cannot avoid the bound by using another /64 each time")
    func site() async throws {
        var setup = Bench.Setup()
        setup.policy.signUpBounds.network = 1
        let bench = try Bench(setup)
        var codes: [Int] = []
        for number in 0..<6 {
            let line = "SIGNUP KEY=\"\(try Self.key())\" u\(number)"
            codes.append(try await bench.answer(line, peer: "[2001:db8:1:\(number)::1]:1").reply.code)
        }
        #expect(codes == [250, 250, 250, 250, 450, 450])
    }

    @Test("No password is hashed for a sign-up that is refused")
    func noHash() async throws {
        var setup = Bench.Setup()
        (setup.policy.signUpBounds.network, setup.waiting) = (0, 0)
        let bench = try Bench(setup)
        let answer = try await bench.answer("SIGNUP alice \"correct horse\"", peer: "192.0.2.1:1")
        #expect(answer.reply == Failure.signUpsOfNetwork.reply)
    }

    @Test("While the audit log's disk is full, requests that change nothing run, and are recorded later")
    func fullDisk() async throws {
        let directory = try TemporaryDirectory()
        let (path, key) = ("\(directory.path)/audit.log", SigningKey())
        FullDevice.make(at: path)
        let settings = AuditSettings(deadline: .seconds(30), retry: .milliseconds(5))
        let log = try FullDevice.opening { () throws -> AuditLog? in
            do {
                return try AuditLog(path: path, server: "test", key: key, settings: settings) { _ in }
            } catch let error as AuditError where error.cause == .inUse {
                return nil
            }
        }
        let quiet = try Bench()
        #expect(try await quiet.answer("SIGNUP alice \"correct horse\"").reply.code == 250)
        let token = try await quiet.logIn()
        var setup = Bench.Setup()
        setup.audit = AuditTrail(log, server: "test")
        let bench = try Bench(beside: quiet, setup)
        try await eventually { log.health.state != .ok }
        let reading = [
            "WHOAMI", "SIGN x", "ENCRYPT x", "PUBKEY", "PUBKEY alice", "TOKEN", "LISTKEYS", "JWKS", "CHALLENGE alice",
            "KEYS",
            "LOGIN alice \"correct horse\"", "ACCOUNTS",
        ]
        for line in reading {
            let code = try await bench.answer(line, token: line == "ACCOUNTS" ? nil : token).reply.code
            #expect([235, 250].contains(code), "\(line)")
        }
        for _ in 0..<2 { #expect(try await bench.answer("PUBKEY alice").reply.code == 250) }
        let changing = [
            "PASSWD \"correct horse\" \"battery staple\"", "SIGNUP bob \"correct horse\"", "INVITE", "DISABLE alice",
            "DROPKEY x", "ADDKEY \"\(try Self.key())\"", "FORGET alice alice",
            "ROTATE", "RETIRE encryption 1", "ERASE encryption 1 1",
        ]
        for line in changing {
            #expect(try await bench.answer(line, token: token).reply == Failure.auditFails.reply, "\(line)")
        }
        #expect(try await bench.answer("LOGOUT EVERYWHERE", token: token).reply.code == 250)
        #expect(unlink(path) == 0)
        log.reopen()
        try await eventually { log.health.state == .ok }
        await log.close()
        let report = try AuditVerifier.verify(path: path, keys: [key.publicKey])
        #expect(report.isIntact && report.lost == 0 && report.omitted == 2)
        let text = try String(contentsOfFile: path, encoding: .utf8)
        #expect(text.components(separatedBy: "\"who\":\"alice\"").count == 13)
    }

    @Test("A flood of strangers does not fill the audit log, which keeps every record of users and the operator")
    func flood() async throws {
        let directory = try TemporaryDirectory()
        let (path, key) = ("\(directory.path)/audit.log", SigningKey())
        var settings = AuditSettings()
        (settings.unauthenticated.network, settings.unauthenticated.all) = (1, 2)
        let log = try AuditLog(path: path, server: "test", key: key, settings: settings) { _ in }
        var setup = Bench.Setup()
        setup.audit = AuditTrail(log, server: "test")
        let bench = try Bench(setup)
        _ = try await bench.answer("SIGNUP alice \"correct horse\"", peer: "127.0.0.1:1")
        let token = try await bench.logIn()
        for _ in 0..<1000 {
            _ = try await bench.answer("PUBKEY nobody", peer: "192.0.2.1:1")
            _ = try await bench.answer("WHOAMI", token: token, peer: "192.0.2.1:1")
        }
        for _ in 0..<100 {
            for line in ["HEALTH", "ACCOUNTS"] { _ = try await bench.answer(line) }
        }
        await log.close()
        let report = try AuditVerifier.verify(path: path, keys: [key.publicKey])
        #expect(report.isIntact && report.lost == 0)
        let text = try String(contentsOfFile: path, encoding: .utf8)
        func count(_ part: String) -> Int { text.components(separatedBy: part).count - 1 }
        #expect(count("\"verb\":\"WHOAMI\"") == 1000 && count("\"who\":\"(operator)\"") == 100)
        let single = count("\"verb\":\"PUBKEY\",\"args\"")
        #expect(single < 500 && report.omitted == UInt64(1000 - single))
    }
}
