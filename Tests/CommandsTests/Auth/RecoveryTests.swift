import Commands
import Signing
import Store
import TestKit
import Testing
import Wire

@Suite("New passwords by a code", .timeLimit(.minutes(5)))
struct RecoveryTests {
    private static let changed = "250 2.0.0 Password changed; all other log-ins have ended"

    private static func bench(_ setup: Bench.Setup = Bench.Setup()) async throws -> Bench {
        let bench = try Bench(setup)
        #expect(try await bench.answer("SIGNUP alice \"correct horse\"").reply.code == 250)
        return bench
    }

    private static func reset(_ bench: Bench, _ options: String = "") async throws -> String {
        let answer = try await bench.answer("RESET \(options)alice")
        #expect(answer.reply.code == 250)
        return answer.reply.lines[0]
    }

    private static func use(_ code: String, _ password: String = "battery staple", at bench: Bench) async throws
        -> Answer
    {
        try await bench.answer("PASSWD CODE=\(code) alice \"\(password)\"")
    }

    @Test("A code has 128 random bits in base64url, and no two are the same")
    func form() async throws {
        let bench = try await Self.bench()
        let token = try await bench.logIn()
        var codes: Set<String> = []
        for _ in 0..<3 {
            codes.insert(try await Self.reset(bench))
            codes.formUnion(try await bench.answer("RECOVERY \"correct horse\"", token: token).reply.lines)
        }
        #expect(codes.count == 33)
        for code in codes { #expect(code.wholeMatch(of: /clvr1\.[A-Za-z0-9_-]{22}/) != nil) }
    }

    @Test("If two servers are asked at the same moment, a code sets one password", arguments: 0..<5)
    func together(round: Int) async throws {
        let first = try await Self.bench()
        let second = try Bench(beside: first)
        let code = try await Self.reset(first)
        async let one = Self.use(code, "battery staple", at: first)
        async let two = Self.use(code, "correct staple", at: second)
        let answers = [try await one, try await two]
        #expect(answers.map(\.line).filter { $0 == Self.changed }.count == 1)
        #expect(answers.map(\.reply).filter { $0 == Failure.wrongCode.reply }.count == 1)
        let passwords = ["battery staple", "correct staple"]
        for (password, answer) in zip(passwords, answers) {
            let logIn = try await first.answer("LOGIN alice \"\(password)\"")
            #expect(logIn.reply.code == (answer.reply.code == 250 ? 235 : 535))
        }
    }

    @Test("No password is hashed for a wrong code, and a right one is kept if the hasher is full")
    func hasher() async throws {
        let bench = try await Self.bench()
        var setup = Bench.Setup()
        setup.waiting = 0
        let full = try Bench(beside: bench, setup)
        let code = try await Self.reset(bench)
        #expect(try await Self.use("clvr1.wrong", at: full).reply == Failure.wrongCode.reply)
        #expect(try await Self.use(code, at: full).reply == Failure.hasherFull.reply)
        #expect(try await Self.use(code, at: bench).line == Self.changed)
    }

    @Test("KEYS=DROP removes log-in keys and recovery codes when the code is used, and not when it is made")
    func keys() async throws {
        let bench = try await Self.bench()
        let token = try await bench.logIn()
        let key = try await SSHKey()
        #expect(try await bench.answer("ADDKEY \(key.line)", token: token).reply.code == 250)
        let codes = try await bench.answer("RECOVERY \"correct horse\"", token: token).reply.lines
        let kept = try await bench.answer("RESET alice")
        #expect(kept.reply.lines.last == "1 log-in key and 10 recovery codes stay valid")
        #expect(try await Self.use(kept.reply.lines[0], at: bench).line == Self.changed)
        #expect(try await bench.store.loginKeys(of: "alice").count == 1)
        let code = try await Self.reset(bench, "KEYS=drop ")
        #expect(try await bench.store.loginKeys(of: "alice").count == 1)
        #expect(try await Self.use(code, at: bench).line == Self.changed)
        #expect(try await bench.store.loginKeys(of: "alice").isEmpty)
        #expect(try await Self.use(codes[0], at: bench).reply == Failure.wrongCode.reply)
    }

    @Test("An account without a password makes recovery codes after a log-in by key, and gets a password by one")
    func withoutPassword() async throws {
        let key = try await SSHKey()
        let bench = try Bench()
        #expect(try await bench.answer("SIGNUP KEY=\"\(key.line)\" alice").reply.code == 250)
        let challenge = try await bench.answer("CHALLENGE alice").body
        let answer = try await bench.answer("LOGIN CHALLENGE=\(challenge) ", literal: try await key.sign(challenge))
        guard case .token(let token) = answer.effect else { throw Mismatch("not logged in") }
        #expect(try await bench.answer("RECOVERY \"a guess\"", token: token).reply == Failure.wrongPassword.reply)
        let codes = try await bench.answer("RECOVERY \"\"", token: token).reply.lines
        #expect(codes.count == 10)
        #expect(try await Self.use(codes[9], at: bench).line == Self.changed)
        #expect(try await bench.logIn("alice", "battery staple") != token)
    }

    @Test("The session that used a code acts for the account, and no other session does")
    func sessions() async throws {
        let bench = try await Self.bench()
        let old = try await bench.logIn()
        let answer = try await Self.use(try await Self.reset(bench), at: bench)
        guard case .token(let new) = answer.effect else { throw Mismatch("not logged in") }
        #expect(try await bench.answer("WHOAMI", token: new).line == "250 2.0.0 alice")
        #expect(try await bench.answer("WHOAMI", token: old).reply == Failure.logInEnded.reply)
    }
}
