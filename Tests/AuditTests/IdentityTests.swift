import Foundation
import TestKit
import Testing

@testable import Audit

@Suite("The identity of a log", .timeLimit(.minutes(5)))
struct IdentityTests {
    private let bench = try! Bench()

    private func cause(as server: String = "keys") -> AuditError.Cause? {
        do throws(AuditError) {
            _ = try AuditLog(path: bench.path, server: server, key: bench.key, settings: .test()) { _ in }
            return nil
        } catch {
            return error.cause
        }
    }

    /// Replaces this log or its head, or both, by those of another log.
    private func exchange(for other: Bench, log: Bool = true, head: Bool = true) throws {
        for (isWanted, from, to) in [(log, other.path, bench.path), (head, other.head, bench.head)] where isWanted {
            try? FileManager.default.removeItem(atPath: to)
            try FileManager.default.copyItem(atPath: from, toPath: to)
        }
    }

    @Test("Each new log gets its own identity, which all of its files keep")
    func kept() async throws {
        try await bench.write(3)
        let identity = try #require(try bench.verify().identity)
        #expect(identity.server == "keys")
        try await bench.write(3)
        #expect(try bench.verify().identity == identity)
        let older = bench.path + ".1"
        let log = try bench.open()
        try FileManager.default.moveItem(atPath: bench.path, toPath: older)
        log.reopen()
        try await eventually {
            FileManager.default.fileExists(atPath: bench.path) && bench.reported.contains(.reopened)
        }
        log.append(record(1))
        await log.close()
        #expect(try bench.verify().identity == identity && bench.verify().isIntact)
        #expect(try bench.verify(older).identity == identity)
        // The file was moved away while no server ran. The head says which log continues.
        try FileManager.default.removeItem(atPath: bench.path)
        try await bench.write(1)
        #expect(try bench.verify().identity == identity && bench.verify().continues != nil)
        let other = try Bench()
        try await other.write(1)
        #expect(try other.verify().identity != identity)
    }

    @Test("A log that begins with an incomplete line has its identity in the first line")
    func fragment() async throws {
        try bench.put(Array("{\"seq\":1,".utf8))
        try await bench.write(1)
        let report = try bench.verify(server: "keys")
        #expect(report.isIntact && report.recovered == 1, "\(report.words)")
    }

    @Test("Another server's log in this one's place is found, with its head or without")
    func otherServer() async throws {
        try await bench.write(3)
        let other = try Bench(key: bench.key)
        let log = try other.open(as: "auth")
        await log.close()
        #expect(try other.verify(server: "auth").isIntact)
        try exchange(for: other)
        #expect(try bench.verify().isIntact)
        #expect(try bench.verify(server: "keys").words == ["this is the log of the server auth, not of keys"])
        #expect(cause() == .otherLog(server: "auth", expected: "keys"))
        try FileManager.default.removeItem(atPath: bench.head)
        #expect(cause() == .otherLog(server: "auth", expected: "keys"))
        try exchange(for: other, log: false)
        try FileManager.default.removeItem(atPath: bench.path)
        #expect(cause() == .otherLog(server: "auth", expected: "keys"))
    }

    @Test("A log is refused with the head of another log of the same server")
    func sameServer() async throws {
        try await bench.write(3)
        let other = try Bench(key: bench.key)
        try await other.write(3)
        let own = try #require(try bench.verify().identity)
        try exchange(for: other, log: false)
        #expect(try bench.verify().words.contains("the head belongs to another log, \(try other.verify().identity!)"))
        #expect(cause() == .otherHead)
        try exchange(for: other)
        #expect(cause() == nil)
        #expect(try bench.verify().identity != own)
    }

    @Test("A log of another site, signed with another key, is not continued")
    func otherSite() async throws {
        try await bench.write(3)
        let other = try Bench()
        try await other.write(3)
        try exchange(for: other)
        #expect(cause() == .otherKey)
        try FileManager.default.removeItem(atPath: bench.head)
        #expect(cause() == .otherKey)
    }

    @Test("Lines of another log are found, even if their chain fits")
    func lines() async throws {
        try await bench.write(1)
        var chain = AuditChain(of: try #require(try bench.verify().identity), after: .origin)
        var other = AuditChain(of: AuditIdentity(beginning: "keys"), after: .origin)
        var bytes: [UInt8] = []
        try chain.seal(.start, by: bench.key, now: 0, to: &bytes)
        var (batch, foreign) = (AuditBatch(), record(1))
        foreign = AuditRecord(
            time: 1, actor: AuditActor(server: "auth", who: nil, from: foreign.actor.from), verb: "LOGIN",
            arguments: [],
            code: 235,
            enhanced: nil, microseconds: 1)
        batch.add(foreign, since: 1)
        batch.forEach(first: 1) { chain.add($0, now: 0, to: &bytes) }
        other = AuditChain(of: AuditIdentity(beginning: "keys"), after: chain.last)
        try other.seal(.stop, by: bench.key, now: 0, to: &bytes)
        try bench.put(bytes)
        try FileManager.default.removeItem(atPath: bench.head)
        let words = try bench.verify().words
        #expect(words.count == 2)
        #expect(words.first == "line 2 belongs to the server auth, but the log to keys")
        #expect(words.last?.hasPrefix("line 3 belongs to another log, keys ") == true)
    }

    @Test("A file that does not begin with a checkpoint does not say which log it is")
    func withoutFirstLine() async throws {
        try await bench.write(3)
        try bench.put(lines: Array(try bench.lines().dropFirst()))
        #expect(try bench.verify().words.contains("line 1 does not say which log this is"))
        #expect(cause() == .foreign)
    }
}
