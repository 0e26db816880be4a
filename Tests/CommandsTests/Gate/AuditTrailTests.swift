import Audit
import Commands
import Foundation
import Glibc
import Seal
import Signing
import Store
import TestKit
import Testing
import Wire

/// A bench whose requests are written to an audit log.
private final class Audited: Sendable {
    let key = SigningKey()
    let log: AuditLog
    let bench: Bench
    private let directory: TemporaryDirectory

    var path: String { "\(directory.path)/audit.log" }

    /// Creates the bench and its log.
    ///
    /// - Parameter isHeld: Whether the log is a FIFO that has no reader before `release`.
    init(_ policy: AuditPolicy = .refuse, queueBound: Int = 1000, isHeld: Bool = false) throws {
        directory = try TemporaryDirectory()
        let path = "\(directory.path)/audit.log"
        if isHeld { #expect(mkfifo(path, 0o600) == 0) }
        let settings = AuditSettings(
            policy: policy, queueBound: queueBound, deadline: .seconds(30), retry: .milliseconds(5))
        log = try AuditLog(path: path, server: "test", key: key, settings: settings) { _ in }
        var setup = Bench.Setup()
        setup.audit = AuditTrail(log, server: "test")
        bench = try Bench(setup)
    }

    /// Waits until the condition holds for the log's health.
    func until(_ isSo: (AuditHealth) -> Bool) async throws { try await eventually { isSo(log.health) } }

    /// Reads the FIFO until all queued records are written.
    func release() async throws {
        let reader = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        defer { close(reader) }
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        try await eventually {
            _ = read(reader, &bytes, bytes.count)
            return log.health.queued == 0
        }
    }

    /// Closes the log, checks that it is intact, and returns its records.
    func records() async throws -> [[String: Any]] {
        await log.close()
        let report = try AuditVerifier.verify(path: path, keys: [key.publicKey])
        #expect(report.isIntact && report.unsealed == 0, "\(report.findings)")
        let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
        return try lines.compactMap { line in
            let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            return object?["verb"] == nil ? nil : object
        }
    }
}

@Suite("The audit trail", .timeLimit(.minutes(5)))
struct AuditTrailTests {
    /// Returns a record as the text `who from verb args code enhanced`, with a hyphen for a missing account.
    private static func text(_ record: [String: Any]) -> String {
        let arguments = record["args"] as? [String: String] ?? [:]
        let list = arguments.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ";")
        let (who, from) = (record["who"] as? String ?? "-", record["from"] as? String ?? "-")
        return "\(who) \(from) \(record["verb"] ?? "-") [\(list)] \(record["code"] ?? 0) \(record["enhanced"] ?? "-")"
    }

    private static func token(_ answer: Answer) throws -> String {
        guard case .token(let token) = answer.effect else { throw Mismatch("no token: \(answer.reply)") }
        return token
    }

    @Test("A record has the account, the command, the client's address and the reply, but no secrets and no messages")
    func records() async throws {
        let audited = try Audited()
        let bench = audited.bench
        let key = try await SSHKey()
        let peer = "192.0.2.1:4711"
        _ = try await bench.answer("SIGNUP Alice \"correct horse\"", peer: peer)
        _ = try await bench.answer("SIGNUP KEY=\"\(key.line)\" bob", peer: peer)
        _ = try await bench.answer("LOGIN alice \"wrong horse\"", peer: peer)
        let token = try Self.token(try await bench.answer("LOGIN ALICE \"correct horse\"", peer: peer))
        let sealed = try await bench.answer("ENCRYPT TO=alice,bob attack at dawn", token: token, peer: peer)
        #expect(sealed.reply.code == 250)
        let signature = try await bench.answer("SIGN attack at dawn", token: token, peer: peer).body
        _ = try await bench.answer("VERIFY \(signature) attack at dusk", peer: peer)
        _ = try await bench.answer("VERIFY TOKEN=\(token)", peer: peer)
        _ = try await bench.answer("LOGIN TOKEN=\(token)", peer: "192.0.2.2:1")
        let challenge = try await bench.answer("CHALLENGE bob", peer: peer).body
        let answer = try await key.sign(challenge)
        let resumed = try await bench.answer("LOGIN CHALLENGE=\(challenge) ", literal: answer, peer: peer)
        let new = try Self.token(
            try await bench.answer("PASSWD \"correct horse\" \"battery staple\"", token: token, peer: peer))
        _ = try await bench.answer("WHOAMI", token: token, peer: peer)
        let code = try await bench.answer("INVITE DAYS=3", peer: "local").body
        let reset = try await bench.answer("RESET KEYS=drop bob", peer: "local").reply.lines[0]
        _ = try await bench.answer("PASSWD CODE=\(reset) alice \"battery staple\"", peer: peer)
        _ = try await bench.answer("PASSWD CODE=\(reset) bob \"battery staple\"", peer: peer)
        _ = try await bench.answer("FORGET bob bab", peer: "local")
        _ = try await bench.answer("FORGET bob bob", peer: "local")
        let lines = try await audited.records().map(Self.text)
        let bytes = answer.utf8.count
        #expect(
            lines == [
                "- \(peer) SIGNUP [name=alice] 250 2.0.0",
                "- \(peer) SIGNUP [name=bob;public-key=\(key.line)] 250 2.0.0",
                "- \(peer) LOGIN [name=alice] 535 5.7.8", "alice \(peer) LOGIN [name=alice] 235 2.7.0",
                "alice \(peer) ENCRYPT [message=14 bytes;name=alice,bob] 250 2.0.0",
                "alice \(peer) SIGN [message=14 bytes] 250 2.0.0",
                "- \(peer) VERIFY [message=14 bytes;signature=\(signature)] 550 5.7.7",
                "- \(peer) VERIFY [] 250 2.0.0", "alice 192.0.2.2:1 LOGIN [] 235 2.7.0",
                "- \(peer) CHALLENGE [name=bob] 250 2.0.0",
                "bob \(peer) LOGIN [signature=\(bytes) bytes] 235 2.7.0", "alice \(peer) PASSWD [] 250 2.0.0",
                "alice \(peer) WHOAMI [] 530 5.7.1", "(operator) local INVITE [days=3] 250 2.0.0",
                "(operator) local RESET [keys=drop;name=bob] 250 2.0.0", "- \(peer) PASSWD [name=alice] 535 5.7.8",
                "bob \(peer) PASSWD [name=bob] 250 2.0.0",
                "(operator) local FORGET [name=bob] 501 5.5.4", "(operator) local FORGET [name=bob] 250 2.0.0",
            ])
        let secrets = [
            "correct horse", "wrong horse", "battery staple", "attack", token, new, try Self.token(resumed), challenge,
            code, reset, "bab", "BEGIN SSH", String(token.split(separator: ".")[2]),
            String(challenge.split(separator: ".")[1]),
        ]
        let text = try String(contentsOfFile: audited.path, encoding: .utf8)
        for secret in secrets { #expect(!text.contains(secret), "\(secret)") }
        #expect(bench.reports == [])
    }

    @Test("A rotation by age, and the commands for the versions of keys, are written down")
    func rotations() async throws {
        let audited = try Audited()
        let bench = audited.bench
        _ = try await bench.answer("SIGNUP alice \"correct horse\"")
        let token = try await bench.logIn()
        for line in ["ROTATE", "ROTATE signing", "RETIRE signing 2", "ERASE signing 2 7", "ERASE signing 2 2", "KEYS"] {
            _ = try await bench.answer(line, token: token, peer: "192.0.2.1:1")
        }
        let keys = try #require(try await bench.store.find(accounts: [], keysOf: ["alice"]).keys["alice"])
        let key = try #require(keys.first { $0.purpose == .signing && $0.version == 3 })
        bench.trail?.noteRotation(of: key)
        let lines = try await audited.records().dropFirst(2).map(Self.text)
        let from = "alice 192.0.2.1:1"
        #expect(
            lines == [
                "\(from) ROTATE [] 250 2.0.0", "\(from) ROTATE [purpose=signing] 250 2.0.0",
                "\(from) RETIRE [purpose=signing;version=2] 250 2.0.0",
                "\(from) ERASE [purpose=signing;version=2] 501 5.5.4",
                "\(from) ERASE [purpose=signing;version=2] 250 2.0.0", "\(from) KEYS [] 250 2.0.0",
                "alice server ROTATE [purpose=signing;version=3] 250 2.0.0",
            ])
    }

    @Test("A long value is cut, and characters that would break or reverse a line are escaped")
    func values() async throws {
        let audited = try Audited()
        let long = String(repeating: "x", count: 300)
        _ = try await audited.bench.answer("VERIFY ", literal: long, " hello")
        _ = try await audited.bench.answer("VERIFY ", literal: "a\r\n\u{1B}[31m\u{202E}\"\\", " hello")
        let records = try await audited.records()
        let values = records.compactMap { ($0["args"] as? [String: String])?["signature"] }
        #expect(values == [String(repeating: "x", count: 256) + "…", "a\r\n\u{1B}[31m\u{202E}\"\\"])
        let text = try String(contentsOfFile: audited.path, encoding: .utf8)
        #expect(!text.unicodeScalars.contains { $0 == "\u{1B}" || $0 == "\u{202E}" || $0 == "\r" })
    }

    @Test("Each of many simultaneous requests has a record")
    func parallel() async throws {
        let audited = try Audited()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<100 {
                group.addTask {
                    _ = try await audited.bench.answer("PUBKEY user\(number)", peer: "192.0.2.1:\(number)")
                }
            }
            try await group.waitForAll()
        }
        let names = try await audited.records().compactMap { ($0["args"] as? [String: String])?["name"] }
        #expect(Set(names) == Set((0..<100).map { "user\($0)" }) && names.count == 100)
    }

    private static let refusal =
        "451 4.3.5 The audit log cannot be written, so commands are refused; ask the operator"

    @Test("No command runs while the log's file is missing")
    func vanished() async throws {
        let audited = try Audited()
        #expect(try await audited.bench.answer("SIGNUP alice \"correct horse\"").reply.code == 250)
        let token = try await audited.bench.logIn()
        try await audited.until { $0.queued == 0 && $0.lines > 0 }
        #expect(rename(audited.path, audited.path + ".1") == 0)
        try await audited.until { $0.state == .vanished }
        #expect(try await audited.bench.answer("LOGOUT EVERYWHERE", token: token).line == Self.refusal)
        #expect(rename(audited.path + ".1", audited.path) == 0)
        try await audited.until { $0.state == .ok }
        #expect(try await audited.bench.answer("WHOAMI", token: token).line == "250 2.0.0 alice")
        let verbs = try await audited.records().compactMap { $0["verb"] as? String }
        #expect(verbs == ["SIGNUP", "LOGIN", "WHOAMI"])
        #expect(audited.bench.gate.answerCount == 4)
    }

    @Test("Under the policy continue, commands run, and the log counts the lost records")
    func lost() async throws {
        let audited = try Audited(.continue, queueBound: 3)
        try await audited.until { $0.lines > 0 }
        #expect(rename(audited.path, audited.path + ".1") == 0)
        try await audited.until { $0.state == .vanished }
        for number in 0..<5 {
            #expect(try await audited.bench.answer("SIGNUP user\(number) \"correct horse\"").reply.code == 250)
        }
        #expect(audited.log.health.lost == 2)
        #expect(try await audited.bench.store.account(named: "user4") != nil)
        #expect(rename(audited.path + ".1", audited.path) == 0)
        try await audited.until { $0.state == .ok && $0.queued == 0 }
        #expect(try await audited.records().count == 3)
        #expect(try AuditVerifier.verify(path: audited.path, keys: [audited.key.publicKey]).lost == 2)
    }

    @Test("Requests that are faster than the log wait and are not refused")
    func full() async throws {
        let audited = try Audited(queueBound: 20, isHeld: true)
        let bench = audited.bench
        // Each request is recorded, but the file accepts no data, so the queue of the log fills up.
        var asked = 0
        while audited.log.admits, !Task.isCancelled {
            _ = try await bench.answer("JWKS")
            asked += 1
        }
        #expect(audited.log.isMerelyFull)
        let waiting = Task { try await bench.answer("JWKS").reply.code }
        try await audited.release()
        #expect(try await waiting.value == 250)
        #expect(bench.gate.answerCount == asked + 1)
    }
}
